using Autofac;
using Autofac.Extras.DynamicProxy;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>The services that a model may be asked under.</summary>
public sealed class Relays : IRelay
{
    /// <summary>Each way to ask and to read the answer, and the step that this is done under.</summary>
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
