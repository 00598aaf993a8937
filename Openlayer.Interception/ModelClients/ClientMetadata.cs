using System.Reflection;
using System.Runtime.CompilerServices;
using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

/// <summary>What a client instance says about itself.</summary>
/// <param name="Provider">The provider, in the client's own words. Null if unknown.</param>
/// <param name="Model">The model used by requests that name none. Null if unknown.</param>
/// <param name="IsLayer">Whether it passes requests on to another traced client.</param>
internal sealed record ClientMetadata(string? Provider, string? Model, bool IsLayer)
{
    private static readonly ClientMetadata None = new(null, null, IsLayer: false);

    private static readonly Type[] GetServiceParameters = [typeof(Type), typeof(object)];

    /// <summary>Asks each instance of a client once: the answers do not change. Thread-safe.</summary>
    /// <param name="client">The client.</param>
    /// <param name="assembly">The assembly that defines the client's metadata class.</param>
    internal sealed class Cache(ProviderClient client, Assembly assembly)
    {
        // Weak in its keys, so that it does not keep a client alive.
        private readonly ConditionalWeakTable<object, ClientMetadata> _metadata = [];

        public ClientMetadata Of(object? target) => target is null ? None : _metadata.GetValue(target, Read);

        private ClientMetadata Read(object target)
        {
            var model = PropertyReader.Text(client.DefaultModel.Read(target));
            if (client.MetadataTypeName is null
                || assembly.GetType(client.MetadataTypeName) is not { } type
                || GetService(target) is not { } getService)
            {
                return new(null, model, IsLayer: false);
            }

            var metadata = getService.Invoke(target, [type, null]);

            // A traced client below this one answers with its interceptor.
            var isLayer = getService.Invoke(target, [typeof(OpenlayerInterceptor), null]) is not null;
            return new(
                PropertyReader.Text(client.MetadataProvider.Read(metadata)),
                PropertyReader.Text(client.DefaultModel.Read(metadata)) ?? model,
                isLayer);
        }

        private static MethodInfo? GetService(object target) =>
            target.GetType().GetInterfaces().Append(target.GetType())
                .Select(static type => type.GetMethod("GetService", GetServiceParameters))
                .FirstOrDefault(static method => method is not null);
    }
}
