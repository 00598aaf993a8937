namespace Openlayer.Interception.Benchmarks;

/// <summary>Runs the same work on several threads concurrently.</summary>
public sealed class SideBySide : IDisposable
{
    private readonly Action _work;
    private readonly Barrier _barrier;
    private readonly Thread[] _others;
    private volatile bool _isOver;

    /// <param name="threads">The number of threads, including the one that calls <see cref="Run"/>.</param>
    /// <param name="work">The work of each thread.</param>
    public SideBySide(int threads, Action work)
    {
        _work = work;
        _barrier = new Barrier(threads);
        _others = [.. Enumerable.Range(1, threads - 1).Select(_ => new Thread(RunAgainAndAgain) { IsBackground = true })];
        Array.ForEach(_others, static thread => thread.Start());
    }

    /// <summary>Starts all threads together and returns when all have finished.</summary>
    public void Run()
    {
        _barrier.SignalAndWait();
        _work();
        _barrier.SignalAndWait();
    }

    public void Dispose()
    {
        _isOver = true;
        _barrier.SignalAndWait();
        Array.ForEach(_others, static thread => thread.Join());
        _barrier.Dispose();
    }

    private void RunAgainAndAgain()
    {
        while (true)
        {
            _barrier.SignalAndWait();
            if (_isOver)
            {
                return;
            }

            _work();
            _barrier.SignalAndWait();
        }
    }
}
