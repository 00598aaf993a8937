using System.Diagnostics;

namespace Openlayer.Interception.Tests.Transparency;

public sealed class StackTraceTests : IDisposable
{
    private readonly ProxiedServices _services = ProxiedServices.Of<FailingService, IFailingService>();

    public static TheoryData<string> Calls => [.. Ways.Keys];

    private static Dictionary<string, Func<IFailingService, Task>> Ways { get; } = new()
    {
        ["a method"] = static service => Task.FromResult(service.Throw("thrown")),
        ["before the first await"] = static service => service.ThrowBeforeTheFirstAwait("thrown"),
        ["after the first await"] = static service => service.ThrowAfterTheFirstAwait("thrown"),
        ["a value task"] = static service => service.ThrowInValueTask("thrown").AsTask(),
        ["a stream"] = static async service =>
        {
            await foreach (var _ in service.ThrowInStream("thrown"))
            {
            }
        },
        ["a sequence"] = static service => Task.FromResult(service.ThrowInSequence("thrown").Last()),
    };

    public void Dispose() => _services.Dispose();

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_stack_trace_begins_with_the_targets_frames_as_without_the_proxy(string call)
    {
        var bare = await TargetFrames(Ways[call], new FailingService());
        var proxied = await TargetFrames(Ways[call], _services.Resolve<IFailingService>());

        Assert.NotEmpty(bare);
        Assert.Equal(bare, proxied);
    }

    private static async Task<string[]> TargetFrames(Func<IFailingService, Task> call, IFailingService service)
    {
        var exception = await Assert.ThrowsAsync<TargetException>(() => call(service));
        return
        [
            .. new StackTrace(exception).GetFrames()
                .Select(static frame => frame.GetMethod()!)
                .TakeWhile(static method => method.DeclaringType!.FullName!.StartsWith(typeof(FailingService).FullName!, StringComparison.Ordinal))
                .Select(static method => $"{method.DeclaringType}.{method.Name}"),
        ];
    }
}
