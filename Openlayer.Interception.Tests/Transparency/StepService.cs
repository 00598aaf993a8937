namespace Openlayer.Interception.Tests.Transparency;

/// <summary>A service whose calls end on other threads.</summary>
internal sealed class StepService(OpenlayerTracer tracer) : IStepService
{
    public async Task TaskAsync(StepHolder holder)
    {
        holder.Step = tracer.CurrentStep;
        await Task.Yield();
    }

    public async Task<Step> TaskOfStepAsync(StepHolder holder)
    {
        await TaskAsync(holder).ConfigureAwait(false);
        return holder.Step!;
    }

    public Task SourceAsync(StepHolder holder)
    {
        holder.Step = tracer.CurrentStep;
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ThreadPool.UnsafeQueueUserWorkItem(static source => source.SetResult(), source, preferLocal: false);
        return source.Task;
    }

    public async ValueTask ValueTaskAsync(StepHolder holder) => await TaskAsync(holder);

    public Task OnThePoolAsync(StepHolder holder)
    {
        holder.Step = tracer.CurrentStep;
        return Task.Run(static () => { });
    }

    public Task<int> OnThePoolOfValueAsync(StepHolder holder)
    {
        holder.Step = tracer.CurrentStep;
        return Task.Run(static () => 1);
    }

    public async Task FailAsync(StepHolder holder)
    {
        await TaskAsync(holder);
        throw new TargetException("thrown");
    }
}
