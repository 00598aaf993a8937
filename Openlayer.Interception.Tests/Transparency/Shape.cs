namespace Openlayer.Interception.Tests.Transparency;

/// <summary>The members of <see cref="IShapes"/>.</summary>
public enum Shape
{
    Nothing,
    Value,
    Reference,
    Task,
    TaskOfValue,
    TaskOfReference,
    ValueTask,
    ValueTaskOfValue,
    ValueTaskOfReference,
    Stream,
    StreamOfObjects,
    TaskOfStream,
    ValueTaskOfStream,
    Sequence,
    SequenceOfObjects,
    List,
    ByReference,
    Optional,
    Generic,
    GenericTask,
    Default,
    DefaultTask,
    Explicit,
    PropertyAndIndexer,
    Event,
}
