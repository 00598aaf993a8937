using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using Openlayer.Interception.Reflection;
using Openlayer.Interception.Streaming;

namespace Openlayer.Interception.ModelClients.Proxies;

/// <summary>
/// Observes a stream whose class cannot be replaced, because it has members of its own that are not virtual: the stream in one of its private
/// fields, or the body from which it reads server-sent events, is replaced instead. Each field is found once for each type. Thread-safe.
/// </summary>
internal static class StreamFieldWrapping
{
    private const BindingFlags Private = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly TypeCache<ConcurrentDictionary<string, FieldInfo?>> Fields = new(static _ => new());

    /// <summary>Observes a stream. Returns false if it has no such field, or no stream in it. If true, the call ends with the stream.</summary>
    /// <param name="stream">The object whose field holds the stream.</param>
    /// <param name="field">The name of the field, or of the property whose field it is.</param>
    /// <param name="observer">Observes the call that returned the object.</param>
    public static bool Observe<TObserver>(object stream, string field, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        var type = stream.GetType();
        if (Fields.Get(type).GetOrAdd(field, Find, type) is not { } found || found.GetValue(stream) is not { } source)
        {
            return false;
        }

        var observed = source is Stream body
            ? new ServerSentEventStream(body, new(observer.OpenStream<JsonElement>()))
            : StreamWrapping.For(found.FieldType)?.Wrap(source, observer);
        if (observed is null)
        {
            return false;
        }

        found.SetValue(stream, observed);
        return true;
    }

    private static FieldInfo? Find(string name, Type type) =>
        type.SelfAndBases().Select(declaring => declaring.GetField(name, Private) ?? declaring.GetField($"<{name}>k__BackingField", Private))
            .FirstOrDefault(static field => field is not null) is { } found
        && (found.FieldType.IsConstructedFrom(typeof(IAsyncEnumerable<>)) || found.FieldType == typeof(Stream))
            ? found
            : null;
}
