namespace Openlayer.Interception.Tests.Transparency;

/// <summary>How the work of a call ends.</summary>
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

    /// <summary>A task that fails with an <see cref="OperationCanceledException"/>.</summary>
    FailedWithCanceled,

    /// <summary>Disposing the stream throws.</summary>
    ExceptionInDispose,

    /// <summary>Getting the enumerator of a hand-written stream throws.</summary>
    ExceptionInGetEnumerator,
}
