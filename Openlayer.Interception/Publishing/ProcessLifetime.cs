using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Openlayer.Interception.Publishing;

/// <summary>
/// Publishes what waits when the process ends without disposing its tracers: by a signal, an exit or an unhandled exception. Never changes
/// how the process ends. Thread-safe.
/// </summary>
internal static class ProcessLifetime
{
    // Container runtimes and service managers kill a process some ten seconds after SIGTERM.
    private static readonly TimeSpan SendingTime = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(5);

    // By default each of them ends the process without AppDomain.ProcessExit. (Before .NET 10 SIGTERM and SIGINT raise it.)
    private static readonly PosixSignal[] EndingSignals = [PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];

    private static readonly object Gate = new();
    private static readonly List<TraceDispatcher> Dispatchers = [];
    private static List<PosixSignalRegistration>? _signals;
    private static bool _observesExit;
    private static State _state = State.Running;
    private static Task? _end;

    private enum State
    {
        /// <summary>The process shows no sign of ending.</summary>
        Running,

        /// <summary>A signal came that will end the process unless an older handler cancels it.</summary>
        Draining,

        /// <summary>The process ends: nothing can cancel it.</summary>
        Ending,
    }

    /// <summary>
    /// Starts observing the end of the process, signals included. Call it before a host starts: signal handlers run one after the other, the
    /// newest first, so that only the oldest knows whether another one has cancelled the signal, and delays no other.
    /// </summary>
    public static void Observe()
    {
        lock (Gate)
        {
            ObserveExit();
            if (_signals is not null)
            {
                return;
            }

            _signals = [];
            try
            {
                foreach (var signal in EndingSignals)
                {
                    _signals.Add(PosixSignalRegistration.Create(signal, OnSignal));
                }
            }
            catch (PlatformNotSupportedException)
            {
                // Without signals there is nothing to observe.
            }
        }
    }

    public static void Add(TraceDispatcher dispatcher)
    {
        lock (Gate)
        {
            Dispatchers.Add(dispatcher);
            if (dispatcher.IsHosted)
            {
                ObserveExit();
                IgnoreSignalsIfHosted();
            }
            else
            {
                Observe();
            }
        }
    }

    /// <summary>Forgets a dispatcher that has ended. Without any, the process is no longer observed.</summary>
    public static void Remove(TraceDispatcher dispatcher)
    {
        lock (Gate)
        {
            if (!Dispatchers.Remove(dispatcher))
            {
                return;
            }

            IgnoreSignalsIfHosted();
            if (Dispatchers.Count > 0)
            {
                return;
            }

            _observesExit = false;
            AssemblyLoadContext.Default.Unloading -= OnUnloading;
            AppDomain.CurrentDomain.UnhandledException -= OnUnhandledException;
            AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        }
    }

    private static void ObserveExit()
    {
        if (!_observesExit)
        {
            _observesExit = true;
            AssemblyLoadContext.Default.Unloading += OnUnloading;
            AppDomain.CurrentDomain.UnhandledException += OnUnhandledException;
        }
    }

    // A host handles signals itself, and disposes its dispatchers then.
    private static void IgnoreSignalsIfHosted()
    {
        if (Dispatchers.TrueForAll(static dispatcher => dispatcher.IsHosted))
        {
            _signals?.ForEach(static signal => signal.Dispose());
            _signals = null;
        }
    }

    private static void OnSignal(PosixSignalContext context)
    {
        // A second signal does not wait for the first: it ends the process immediately, as it does without this library.
        if (context.Cancel || !TryMove(State.Running, State.Draining))
        {
            return;
        }

        // An older handler may still cancel the signal: nothing is closed. Console.CancelKeyPress often does that for SIGINT and SIGQUIT, so
        // that open traces can still end by themselves.
        var isFinal = context.Signal is PosixSignal.SIGTERM or PosixSignal.SIGHUP;
        Wait(ForEach(dispatcher => dispatcher.DrainAsync(SendingTime, withOpenTraces: isFinal)));
        TryMove(State.Draining, State.Running);
    }

    // Raised before ProcessExit: the handler that is added here is the last, and sees the traces that others complete.
    private static void OnUnloading(AssemblyLoadContext context)
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    private static void OnProcessExit(object? sender, EventArgs arguments) => End();

    private static void OnUnhandledException(object sender, UnhandledExceptionEventArgs arguments)
    {
        if (arguments.IsTerminating)
        {
            End();
        }
    }

    private static void End()
    {
        Task end;
        lock (Gate)
        {
            _state = State.Ending;
            end = _end ??= ForEach(static dispatcher => dispatcher.EndAsync(SendingTime));
        }

        Wait(end);
    }

    private static bool TryMove(State from, State to)
    {
        lock (Gate)
        {
            if (_state != from)
            {
                return false;
            }

            _state = to;
            return true;
        }
    }

    // On the pool, in no context: the thread of the event belongs to the runtime or the application.
    private static Task ForEach(Func<TraceDispatcher, Task> end)
    {
        lock (Gate)
        {
            return Task.WhenAll(Dispatchers.Select(dispatcher => Task.Run(() => end(dispatcher))));
        }
    }

    // The dispatchers report their own failures.
    private static void Wait(Task task) => Task.WaitAny([task], MaxDelay);
}
