using System.Threading.Channels;

namespace Openlayer.Interception.Publishing;

/// <summary>
/// The moment that a loop which has been idle leaves to traces to gather. A loop that is woken for each trace keeps a thread of the pool
/// awake all the time, and where processors are few that is taken from the callers. One loop waits; any thread may be in a hurry.
/// </summary>
internal sealed class Gathering
{
    // By the real clock, whatever the application's is: nobody waits for it to pass.
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private TaskCompletionSource _hurry = NewHurry();

    /// <summary>Completes with true when there are traces to be read, with false when there will be none.</summary>
    public async ValueTask<bool> WaitToReadAsync<T>(ChannelReader<T> traces)
    {
        var waiting = traces.WaitToReadAsync();
        var wasIdle = !waiting.IsCompleted;
        var isReady = await waiting.ConfigureAwait(false);
        if (wasIdle && isReady)
        {
            var hurry = Volatile.Read(ref _hurry);
            await Task.WhenAny(hurry.Task, Task.Delay(Moment)).ConfigureAwait(false);
            if (hurry.Task.IsCompleted)
            {
                Volatile.Write(ref _hurry, NewHurry());
            }
        }

        return isReady;
    }

    /// <summary>Ends the moment, or the next one: somebody waits for the traces.</summary>
    public void Hurry() => Volatile.Read(ref _hurry).TrySetResult();

    private static TaskCompletionSource NewHurry() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
