namespace Openlayer.Interception.Tests.Guardrails;

/// <summary>The members of <see cref="IEchoes"/> that return an answer.</summary>
public enum EchoShape
{
    Value,
    TaskOf,
    ValueTaskOf,
    Stream,
    TaskOfStream,
    ValueTaskOfStream,
    Sequence,
    TaskOfSequence,
    List,
    TryAnswer,
}
