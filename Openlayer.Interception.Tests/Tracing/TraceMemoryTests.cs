using Openlayer.Interception.Tests.Services;
using Openlayer.Interception.Tests.Transparency;

namespace Openlayer.Interception.Tests.Tracing;

/// <summary>The memory of one large trace, without other tests beside it.</summary>
[Collection(nameof(UndisturbedTests))]
public sealed class TraceMemoryTests
{
    private const int Megabyte = 1024 * 1024;

    [Fact]
    public async Task A_million_calls_under_one_root_stay_within_the_limits()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        var work = container.Work;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var within = 0L;

        work.Do("request", () =>
        {
            for (var call = 0; call < 1_000_000; call++)
            {
                work.Do("call");
            }

            within = GC.GetTotalMemory(forceFullCollection: true) - before;
        });

        var root = (await container.TraceAsync()).Root;
        Assert.InRange(within, 0, 100 * Megabyte);
        Assert.InRange(root.Steps.Count, 100_000, container.Options.MaxTraceSteps - 1);
        Assert.Equal(1_000_000L - root.Steps.Count, root.Metadata["omittedSteps"]);
    }
}
