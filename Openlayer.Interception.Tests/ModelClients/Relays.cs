using Autofac;
using Autofac.Extras.DynamicProxy;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>Services that ask a model.</summary>
public sealed class Relays : IRelay
{
    /// <summary>By name: the step the request is made under, and how to ask and read the answer.</summary>
    public static readonly Dictionary<
        string,
        (string? Parent, Func<IRelay, Func<IAsyncEnumerable<string>>, Func<IAsyncEnumerable<string>, Task>, Task> Run)> All =
        new()
        {
            ["alone"] = (null, static (_, ask, read) => read(ask())),
            ["sync service"] = ("IRelay.Relay", static (relay, ask, read) => Task.FromResult(relay.Relay(ask, read))),
            ["async service"] = ("IRelay.RelayAsync", static (relay, ask, read) => relay.RelayAsync(ask, read)),
            ["streaming service"] = ("IRelay.RelayInPieces", static (relay, ask, read) => read(relay.RelayInPieces(ask))),
        };

    public static void Register(ContainerBuilder builder, bool isTraced)
    {
        var relay = builder.RegisterType<Relays>().As<IRelay>();
        if (isTraced)
        {
            relay.EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        }
    }

    public string Relay(Func<IAsyncEnumerable<string>> ask, Func<IAsyncEnumerable<string>, Task> read)
    {
        read(ask()).GetAwaiter().GetResult();
        return "read";
    }

    public async Task<string> RelayAsync(Func<IAsyncEnumerable<string>> ask, Func<IAsyncEnumerable<string>, Task> read)
    {
        await Task.Yield();
        await read(ask());
        return "read";
    }

    public async IAsyncEnumerable<string> RelayInPieces(Func<IAsyncEnumerable<string>> ask)
    {
        await foreach (var piece in ask())
        {
            yield return piece;
        }
    }
}
