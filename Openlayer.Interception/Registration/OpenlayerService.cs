using Microsoft.Extensions.Hosting;

namespace Openlayer.Interception.Registration;

/// <summary>Creates the tracer when a host starts, and flushes it when all services of the host have stopped.</summary>
internal sealed class OpenlayerService(OpenlayerTracer tracer, ServiceInterception interception) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        interception.Log(tracer.Steps.Log);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Waits for traces to be published, at most for the shutdown timeout. The disposal of the tracer has the rest of that time.</summary>
    public Task StoppedAsync(CancellationToken cancellationToken) => tracer.Sink.FlushBeforeDisposalAsync(cancellationToken);
}
