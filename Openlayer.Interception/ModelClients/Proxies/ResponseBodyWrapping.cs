using System.Reflection;
using System.Text.Json;
using Openlayer.Interception.ModelClients.Paths;
using Openlayer.Interception.Reflection;
using Openlayer.Interception.Streaming;

namespace Openlayer.Interception.ModelClients.Proxies;

/// <summary>
/// Observes the server-sent events in the body of a response: a body that has not been read is replaced by a
/// <see cref="ServerSentEventStream"/>; a body that a handler has buffered is read immediately. Thread-safe.
/// </summary>
internal static class ResponseBodyWrapping
{
    private static readonly TypeCache<PropertyInfo[]> Properties = new(Find);
    private static readonly ValuePath ContentType = new("Headers.content-type");
    private static readonly ValuePath ContentEncoding = new("Headers.content-encoding");

    /// <summary>Observes a response's body. Returns false if it has none, or one that is not a stream of events. If true, the call ends with the body.</summary>
    public static bool Observe<TObserver>(object response, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        if (Properties.Get(response.GetType()) is not [var property]
            || property.GetValue(response) is not Stream body
            || (body.CanSeek && !HasEvents(response)))
        {
            return false;
        }

        var encoding = PropertyReader.Text(ContentEncoding.Read(response));
        if (body is MemoryStream buffered)
        {
            // The response itself reads this class of stream again, so it stays in place.
            using var events = new ServerSentEventStream(new MemoryStream(buffered.ToArray()), new(observer.OpenStream<JsonElement>()), encoding);
            events.CopyTo(Stream.Null);
        }
        else
        {
            property.SetValue(response, new ServerSentEventStream(body, new(observer.OpenStream<JsonElement>()), encoding));
        }

        return true;
    }

    private static bool HasEvents(object response) =>
        PropertyReader.Text(ContentType.Read(response))?.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase) == true;

    private static PropertyInfo[] Find(Type type) =>
        [.. type.GetProperties().Where(static property => property.Name == "ContentStream" && property is { CanRead: true, CanWrite: true })];
}
