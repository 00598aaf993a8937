namespace Openlayer.Interception.Guardrails;

/// <summary>Waits for the checks of synchronous methods and sequences, which complete synchronously. Only the disposal of a scope may not.</summary>
internal static class SynchronousWait
{
    public static TResult For<TResult>(ValueTask<TResult> task) => task.IsCompleted ? task.GetAwaiter().GetResult() : task.AsTask().GetAwaiter().GetResult();

    public static void For(ValueTask task)
    {
        if (task.IsCompleted)
        {
            task.GetAwaiter().GetResult();
        }
        else
        {
            task.AsTask().GetAwaiter().GetResult();
        }
    }
}
