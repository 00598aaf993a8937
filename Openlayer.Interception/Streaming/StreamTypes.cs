using System.Reflection;
using Castle.DynamicProxy;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Streaming;

/// <summary>
/// Decides whether instances of a type are streams, and whether a wrapper can replace them without a visible difference. Created once for
/// each type.
/// </summary>
internal sealed class StreamTypes
{
    private const BindingFlags Declared =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly TypeCache<StreamTypes> Types = new(static type => new StreamTypes(type));

    private StreamTypes(Type type)
    {
        IsIterator = type.IsCompilerGenerated()
            && type.GetInterfaces() is var interfaces
            && interfaces.Any(static implemented => implemented.IsConstructedFrom(typeof(IEnumerator<>)) || implemented.IsConstructedFrom(typeof(IAsyncEnumerator<>)));
        IsObservedSequence = type.IsConstructedFrom(typeof(ObservedSequence<>));
        StreamInterface = Only(type, typeof(IAsyncEnumerable<>));
        SequenceInterface = Only(type, typeof(IEnumerable<>));
        OffersOnlyAStream = IsIterator || (!type.IsVisible && OffersNothingElse(type));
        ProxyBase = OffersOnlyAStream || StreamInterface is null ? null : FindProxyBase(type, StreamInterface);
    }

    /// <summary>Whether the compiler generated the type for a method with <c>yield return</c>: its name is unspeakable, so that no caller can downcast to it.</summary>
    public bool IsIterator { get; }

    public bool IsObservedSequence { get; }

    /// <summary>The <see cref="IAsyncEnumerable{T}"/> that the type declares, of its own items. Null if it is no stream, or one of several kinds of items.</summary>
    public Type? StreamInterface { get; }

    /// <summary>The same for <see cref="IEnumerable{T}"/>.</summary>
    public Type? SequenceInterface { get; }

    /// <summary>Whether a downcast to the type is impossible or would give nothing that the stream's interface does not give.</summary>
    public bool OffersOnlyAStream { get; }

    /// <summary>
    /// The class to derive from so that an instance can be replaced although it may be downcast: all that can be reached of it is virtual,
    /// so that the replacement forwards it. Null if there is none.
    /// </summary>
    public Type? ProxyBase { get; }

    public static StreamTypes Of(Type type) => Types.Get(type);

    /// <summary>What a stream of this type consists of. Null if the type is no stream, or one of several kinds of items.</summary>
    public static Type? ItemType(Type type) => Only(type, typeof(IAsyncEnumerable<>))?.GetGenericArguments()[0];

    private static Type? Only(Type type, Type definition) =>
        type.GetInterfaces().Where(implemented => implemented.IsConstructedFrom(definition)).ToArray() is [var only] ? only : null;

    private static bool OffersNothingElse(Type type)
    {
        var interfaces = type.GetInterfaces();
        if (!interfaces.All(static implemented =>
                implemented == typeof(IAsyncDisposable)
                || implemented == typeof(IDisposable)
                || implemented.IsConstructedFrom(typeof(IAsyncEnumerable<>))
                || implemented.IsConstructedFrom(typeof(IAsyncEnumerator<>))))
        {
            return false;
        }

        var ofInterfaces = type.IsInterface
            ? []
            : interfaces.SelectMany(implemented => type.GetInterfaceMap(implemented).TargetMethods).ToHashSet();
        return type.SelfAndBases().All(declaring =>
            declaring.GetFields(Declared).All(static field => field.IsPrivate)
            && declaring.GetMethods(Declared).All(method =>
                method.IsPrivate
                || ofInterfaces.Contains(method)
                || method.GetBaseDefinition().DeclaringType == typeof(object)));
    }

    private static Type? FindProxyBase(Type type, Type streamInterface)
    {
        // A type that is not visible cannot be downcast to from outside, and a stand-in is known as what it stands in for; the nearest
        // visible base can.
        var candidate = type.SelfAndBases().FirstOrDefault(static declaring => declaring.IsVisible && !ProxyUtil.IsProxyType(declaring));
        return candidate is not null && streamInterface.IsAssignableFrom(candidate) && CanForward(candidate, streamInterface) ? candidate : null;
    }

    private static bool CanForward(Type type, Type streamInterface)
    {
        if (type.IsSealed || !ProxyUtil.IsAccessible(type) || type.GetConstructor(Declared, []) is not { IsPrivate: false, IsAssembly: false })
        {
            return false;
        }

        var enumerator = type.GetInterfaceMap(streamInterface).TargetMethods.Single();
        return enumerator is { IsPublic: true, IsVirtual: true, IsFinal: false }
            && type.SelfAndBases().All(declaring =>
                declaring.GetFields(Declared).All(static field => field.IsPrivate)
                && declaring.GetMethods(Declared).All(static method =>
                    method.IsPrivate || (method is { IsVirtual: true, IsFinal: false } && ProxyUtil.IsAccessible(method)))
                && !declaring.GetMethods(Declared | BindingFlags.Static).Any(method => NeedsPrivateState(method, type)));
    }

    /// <summary>
    /// Whether a method may look into an instance it is handed, or is the finalizer: a replacement forwards its members, but has none
    /// of the private state.
    /// </summary>
    private static bool NeedsPrivateState(MethodInfo method, Type type) =>
        method.Name == nameof(Finalize)
        || method.GetParameters().Any(parameter => parameter.ParameterType.IsAssignableFrom(type) || type.IsAssignableFrom(parameter.ParameterType));
}
