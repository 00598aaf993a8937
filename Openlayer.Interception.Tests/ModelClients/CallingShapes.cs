using Autofac;
using Autofac.Extras.DynamicProxy;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>The ways a service can call a model client.</summary>
public sealed class CallingShapes(CallingShapes.INumbers numbers) : ICallingShapes
{
    /// <summary>By name: how many calls the service makes, the step they are made under, and how to make them.</summary>
    public static readonly Dictionary<string, (int Times, string? Parent, Func<ICallingShapes, Func<Task>, Task> Run)> All = new()
    {
        ["alone"] = (1, null, static (_, call) => call()),
        ["sync service"] = (1, "ICallingShapes.Run", static (shapes, call) => Task.FromResult(shapes.Run(call))),
        ["async service"] = (1, "ICallingShapes.RunAsync", static (shapes, call) => shapes.RunAsync(call)),
        ["streaming service, after items"] = (1, "ICallingShapes.Stream", static (shapes, call) => ReadAsync(shapes.Stream(call))),
        ["Task.Run"] = (1, "ICallingShapes.RunOnPoolAsync", static (shapes, call) => shapes.RunOnPoolAsync(call)),
        ["parallel loop"] = (3, "ICallingShapes.RunInParallelAsync", static (shapes, call) => shapes.RunInParallelAsync(call)),
        ["consumer's loop"] = (1, "ICallingShapes.ConsumeAsync", static (shapes, call) => shapes.ConsumeAsync(call)),
    };

    public interface INumbers
    {
        IAsyncEnumerable<int> CountAsync();
    }

    public static void Register(ContainerBuilder builder)
    {
        builder.RegisterType<CallingShapes>().As<ICallingShapes>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.RegisterType<Numbers>().As<INumbers>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
    }

    /// <summary>
    /// The path of steps, from the root, that each request of a trace was made under. An agent's step belongs to the client and is left out. It is
    /// empty for a request that is the root.
    /// </summary>
    public static IEnumerable<string> Parents(Step step, params string[] above) =>
        step is ModelStep
            ? [string.Join(" > ", above)]
            : step.Steps.SelectMany(child => Parents(child, step is AgentStep ? above : [.. above, step.Name]));

    public int Run(Func<Task> call)
    {
        call().GetAwaiter().GetResult();
        return 1;
    }

    public async Task RunAsync(Func<Task> call)
    {
        await Task.Yield();
        await call();
    }

    public async IAsyncEnumerable<int> Stream(Func<Task> call)
    {
        yield return 1;
        await Task.Yield();
        yield return 2;
        await call();
        yield return 3;
    }

    public Task RunOnPoolAsync(Func<Task> call) => Task.Run(call);

    public Task RunInParallelAsync(Func<Task> call) => Parallel.ForAsync(0, 3, async (_, _) => await call());

    public async Task ConsumeAsync(Func<Task> call)
    {
        await foreach (var number in numbers.CountAsync())
        {
            if (number == 2)
            {
                await call();
            }
        }
    }

    private static async Task ReadAsync(IAsyncEnumerable<int> stream)
    {
        await foreach (var number in stream)
        {
            Assert.NotEqual(0, number);
        }
    }

    private sealed class Numbers : INumbers
    {
        public async IAsyncEnumerable<int> CountAsync()
        {
            yield return 1;
            await Task.Yield();
            yield return 2;
        }
    }
}
