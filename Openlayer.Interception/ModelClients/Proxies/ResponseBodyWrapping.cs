using System.Reflection;
using System.Text.Json;
using Openlayer.Interception.Reflection;
using Openlayer.Interception.Streaming;

namespace Openlayer.Interception.ModelClients.Proxies;

/// <summary>Replaces the unread body of a response by a <see cref="ServerSentEventStream"/>. Thread-safe.</summary>
internal static class ResponseBodyWrapping
{
    private static readonly TypeCache<PropertyInfo[]> Properties = new(Find);

    /// <summary>Observes a response's body. Returns false if the response has none, or has already buffered it. If true, the call ends with the body.</summary>
    public static bool Observe<TObserver>(object response, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        if (Properties.Get(response.GetType()) is not [var property] || property.GetValue(response) is not Stream { CanSeek: false } body)
        {
            return false;
        }

        property.SetValue(response, new ServerSentEventStream(body, new(observer.OpenStream<JsonElement>())));
        return true;
    }

    private static PropertyInfo[] Find(Type type) =>
        [.. type.GetProperties().Where(static property => property.Name == "ContentStream" && property is { CanRead: true, CanWrite: true })];
}
