using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

/// <summary>What a client instance says about itself.</summary>
/// <param name="Provider">The provider.</param>
/// <param name="Model">The model used by requests that name none. Null if unknown.</param>
/// <param name="IsLayer">Whether it passes requests on to another traced client.</param>
/// <param name="Spans">The source of the spans that it opens for its requests. Null if it opens none.</param>
internal sealed record ClientMetadata(ProviderDisplayName Provider, string? Model, bool IsLayer, ActivitySource? Spans)
{
    /// <summary>Whether the spans of its requests are exported now: this library listens to them, too.</summary>
    public bool ReportsRequests => Spans is { } source && source.HasListeners() && source.CreateActivity("chat", ActivityKind.Client) is { Recorded: true };

    /// <summary>Asks each instance of a client once: the answers do not change. Thread-safe.</summary>
    /// <param name="client">The client.</param>
    /// <param name="assembly">The assembly that defines the client's metadata class.</param>
    internal sealed class Cache(ProviderClient client, Assembly assembly)
    {
        // Of a client without an instance.
        private readonly ClientMetadata _unknown = new(ProviderDisplayName.Of(client.Provider), null, IsLayer: false, Spans: null);

        // Weak in its keys, so that it does not keep a client alive.
        private readonly ConditionalWeakTable<object, ClientMetadata> _metadata = [];

        public ClientMetadata Of(object? target) => target is null ? _unknown : _metadata.GetValue(target, Read);

        private ClientMetadata Read(object target)
        {
            var model = PropertyReader.Text(client.DefaultModel.Read(target));
            if (client.MetadataTypeName is null || assembly.GetType(client.MetadataTypeName) is not { } type)
            {
                return _unknown with { Provider = ProviderDisplayName.Of(client.Provider, client.Endpoint.Read(target) as Uri), Model = model };
            }

            var metadata = ClientService.Of(target, type);

            // A traced client below this one answers with its interceptor.
            var isLayer = ClientService.Of(target, typeof(OpenlayerInterceptor)) is not null;
            return new(
                ProviderDisplayName.Of(client.Provider ?? PropertyReader.Text(client.MetadataProvider.Read(metadata)), client.Endpoint.Read(metadata) as Uri),
                PropertyReader.Text(client.DefaultModel.Read(metadata)) ?? model,
                isLayer,
                ClientService.Of(target, typeof(ActivitySource)) as ActivitySource);
        }
    }
}
