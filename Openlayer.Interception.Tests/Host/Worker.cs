using Microsoft.Extensions.Hosting;

namespace Openlayer.Interception.Tests.Host;

/// <summary>Completes traces, waits for the end of the host, and completes one more.</summary>
internal sealed class Worker(OpenlayerTracer tracer, Func<OpenlayerTracer, Task> completeAll, Action<OpenlayerTracer> complete) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await completeAll(tracer);
        await Task.Delay(Timeout.Infinite, stoppingToken).ContinueWith(static _ => { }, TaskScheduler.Default);
        complete(tracer);
        Console.WriteLine("worker stopped");
    }
}
