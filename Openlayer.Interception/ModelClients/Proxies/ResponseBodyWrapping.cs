using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Openlayer.Interception.Invocation;

namespace Openlayer.Interception.ModelClients.Proxies;

/// <summary>Has the body of a response observed that has yet to be read: one that holds it as a stream which it lets be replaced.</summary>
internal static class ResponseBodyWrapping
{
    // Weak in its keys, so that collectible assemblies stay collectible.
    private static readonly ConditionalWeakTable<Type, PropertyInfo[]> Properties = [];

    /// <summary>Returns whether the response has such a body: the call then ends with it.</summary>
    public static bool Observe<TObserver>(object response, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        if (Properties.GetValue(response.GetType(), Find) is not [var property] || property.GetValue(response) is not Stream { CanSeek: false } body)
        {
            return false;
        }

        property.SetValue(response, new ServerSentEventStream(body, new(observer.OpenStream<JsonElement>())));
        return true;
    }

    private static PropertyInfo[] Find(Type type) =>
        [.. type.GetProperties().Where(static property => property.Name == "ContentStream" && property is { CanRead: true, CanWrite: true })];
}
