using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Streaming;

/// <summary>Wraps the streams that methods with a declared result type return. Created once for each type.</summary>
internal abstract class StreamWrapping
{
    private static readonly TypeCache<StreamWrapping?> Wrappings = new(Find);

    /// <summary>Returns the wrapping for results of a declared type. Null if they are never streams.</summary>
    public static StreamWrapping? For(Type resultType) => Wrappings.Get(resultType);

    /// <summary>Returns the observed stream that replaces <paramref name="result"/>. Null if the result must not be replaced.</summary>
    public abstract object? Wrap<TObserver>(object result, TObserver observer)
        where TObserver : struct, ICallObserver;

    private static StreamWrapping? Find(Type resultType)
    {
        if (resultType.IsGenericType && resultType.GetGenericTypeDefinition() == typeof(IEnumerable<>))
        {
            return Create(typeof(SequenceWrapping<>), resultType.GetGenericArguments()[0], resultType);
        }

        if (resultType.IsGenericType && resultType.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>))
        {
            return Create(typeof(AsyncStreamWrapping<>), resultType.GetGenericArguments()[0], resultType);
        }

        if (IsRemoteCall(resultType))
        {
            var wrapping = typeof(RemoteCallWrapping<,>).MakeGenericType(resultType, resultType.GetGenericArguments()[^1]);
            return (StreamWrapping)Activator.CreateInstance(wrapping)!;
        }

        if (resultType.IsClass && StreamTypes.ItemType(resultType) is { } itemType)
        {
            return Create(typeof(AsyncStreamWrapping<>), itemType, resultType);
        }

        return resultType.IsClass && SequenceOf(resultType) is { } sequence && PagedStream.Of(resultType, sequence) is not null
            ? Create(typeof(SequenceWrapping<>), sequence.GetGenericArguments()[0], resultType)
            : null;
    }

    private static bool IsRemoteCall(Type type) =>
        type.IsConstructedGenericType
        && type.GetGenericTypeDefinition().FullName is "Grpc.Core.AsyncUnaryCall`1" or "Grpc.Core.AsyncServerStreamingCall`1"
            or "Grpc.Core.AsyncClientStreamingCall`2" or "Grpc.Core.AsyncDuplexStreamingCall`2";

    private static Type? SequenceOf(Type type) =>
        type.GetInterfaces()
            .Where(static implemented => implemented.IsGenericType && implemented.GetGenericTypeDefinition() == typeof(IEnumerable<>))
            .ToArray() is [var only]
            ? only
            : null;

    private static StreamWrapping Create(Type definition, Type itemType, params object[] arguments) =>
        (StreamWrapping)Activator.CreateInstance(definition.MakeGenericType(itemType), arguments)!;
}
