namespace Openlayer.Interception.Tests.Transparency;

/// <summary>How what a call does ends.</summary>
public enum Ending
{
    Result,
    NullResult,
    Exception,

    /// <summary>Several exceptions in one task.</summary>
    Exceptions,

    CanceledWithToken,
    CanceledWithoutToken,
    CanceledWithOwnException,

    /// <summary>A task that is cancelled without an exception.</summary>
    CanceledTask,

    /// <summary>A task that has failed, with an <see cref="OperationCanceledException"/>.</summary>
    FailedWithCanceled,

    /// <summary>As the stream is disposed.</summary>
    ExceptionInDispose,

    /// <summary>As the stream is asked for its enumerator, where it is written by hand.</summary>
    ExceptionInGetEnumerator,
}
