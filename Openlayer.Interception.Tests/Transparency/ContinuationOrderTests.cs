namespace Openlayer.Interception.Tests.Transparency;

public sealed class ContinuationOrderTests : IDisposable
{
    private const int Rounds = 2_000;

    private readonly ProxiedServices _services = ProxiedServices.Of<StepService, IStepService>();

    public static TheoryData<string> Calls => [.. Ways.Keys];

    private static Dictionary<string, Func<IStepService, StepHolder, Task>> Ways { get; } = new()
    {
        ["a task"] = static async (service, holder) => await service.TaskAsync(holder),
        ["a task of a result"] = static async (service, holder) => await service.TaskOfStepAsync(holder),
        ["a source"] = static async (service, holder) => await service.SourceAsync(holder),
        ["a value task"] = static async (service, holder) => await service.ValueTaskAsync(holder),
        ["work on the pool"] = static async (service, holder) => await service.OnThePoolAsync(holder),
        ["work on the pool with a result"] = static async (service, holder) => await service.OnThePoolOfValueAsync(holder),
        ["a failing task"] = static async (service, holder) =>
        {
            try
            {
                await service.FailAsync(holder);
            }
            catch (TargetException)
            {
            }
        },
        ["a blocking wait"] = static (service, holder) =>
        {
            service.TaskAsync(holder).GetAwaiter().GetResult();
            return Task.CompletedTask;
        },
    };

    public void Dispose() => _services.Dispose();

    [Theory]
    [MemberData(nameof(Calls))]
    public Task A_callers_continuation_runs_after_the_awaited_step_has_ended(string call) => Task.Run(async () =>
    {
        var service = _services.Resolve<IStepService>();
        for (var round = 0; round < Rounds; round++)
        {
            var holder = new StepHolder();
            await Ways[call](service, holder);
            Assert.NotNull(holder.Step);
            Assert.NotNull(holder.Step.EndTime);
            Assert.Null(_services.Tracer.CurrentStep);
        }
    }, TestContext.Current.CancellationToken);
}
