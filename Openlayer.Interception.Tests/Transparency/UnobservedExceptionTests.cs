using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Openlayer.Interception.Tests.Transparency;

public sealed class UnobservedExceptionTests : IDisposable
{
    private readonly ProxiedServices _services = ProxiedServices.Of<FailingService, IFailingService>();

    public static TheoryData<string> Calls => [.. Ways.Keys];

    private static Dictionary<string, Action<IFailingService, Exception, FailureSignal>> Ways { get; } = new()
    {
        ["a failed task"] = static (service, exception, signal) => service.FailedTask(exception),
        ["a failed task of a reference"] = static (service, exception, signal) => service.FailedTaskOfReference(exception),
        ["a failed value task"] = static (service, exception, signal) => Ignore(service.FailedValueTask(exception)),
        ["a failed pooled value task"] = static (service, exception, signal) => Ignore(service.FailedPooledValueTask(exception)),
        ["a task that fails later"] = static (service, exception, signal) => service.FailingTask(exception, signal),
        ["a task of a value that fails later"] = static (service, exception, signal) => service.FailingTaskOfValue(exception, signal),
        ["a source that fails later"] = static (service, exception, signal) => service.FailingSource(exception, signal),
        ["a source with a state that fails later"] = static (service, exception, signal) => service.FailingSourceWithState(exception, signal),
        ["a service's own task that fails later"] = static (service, exception, signal) => service.FailingOwnTask(exception, signal),
        ["a value task that fails later"] = static (service, exception, signal) => Ignore(service.FailingValueTask(exception, signal)),
        ["a pooled value task that fails later"] = static (service, exception, signal) => Ignore(service.FailingPooledValueTask(exception, signal)),
    };

    public void Dispose() => _services.Dispose();

    [Theory]
    [MemberData(nameof(Calls))]
    public void An_unobserved_exception_is_reported_as_without_the_proxy(string call)
    {
        Assert.Equal(Reports(Ways[call], new FailingService()), Reports(Ways[call], _services.Resolve<IFailingService>()));
    }

    [Fact]
    public void A_caught_exception_is_not_reported()
    {
        var exception = new TargetException("caught");
        Assert.False(Reported(exception, () => Catch(_services.Resolve<IFailingService>(), exception)));
    }

    private static void Ignore(ValueTask task) => Assert.False(task.IsCompletedSuccessfully);

    private static void Ignore(ValueTask<int> task) => Assert.False(task.IsCompletedSuccessfully);

    private static bool Reports(Action<IFailingService, Exception, FailureSignal> call, IFailingService service)
    {
        var exception = new TargetException("unobserved");
        return Reported(exception, () => Drop(call, service, exception));
    }

    private static bool Reported(Exception exception, Action act)
    {
        // The event is raised for the whole process. Only this exception counts.
        var reported = new ConcurrentQueue<Exception>();
        EventHandler<UnobservedTaskExceptionEventArgs> handler = (_, unobserved) =>
        {
            foreach (var inner in unobserved.Exception.Flatten().InnerExceptions)
            {
                reported.Enqueue(inner);
            }
        };
        TaskScheduler.UnobservedTaskException += handler;
        try
        {
            act();
            for (var round = 0; round < 5; round++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }

            return reported.Contains(exception);
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= handler;
        }
    }

    // A separate method, so that no local of the caller keeps the task alive.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Drop(Action<IFailingService, Exception, FailureSignal> call, IFailingService service, Exception exception)
    {
        var signal = new FailureSignal();
        call(service, exception, signal);
        signal.Fail();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Catch(IFailingService service, Exception exception)
    {
        var signal = new FailureSignal();
        var task = service.FailingTaskOfValue(exception, signal);
        signal.Fail();
        Assert.Same(exception, Assert.Throws<TargetException>(() => task.GetAwaiter().GetResult()));
    }
}
