using System.Reflection;
using Castle.DynamicProxy;
using Openlayer.Interception.Capture;
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
            && (interfaces.Any(static implemented => implemented.IsConstructedFrom(typeof(IEnumerator<>)) || implemented.IsConstructedFrom(typeof(IAsyncEnumerator<>)))

                // An object expression of F# can be enumerable without being its own enumerator.
                || (type.IsFSharpExpression() && !UnreadTypes.IsCollection(type)));
        IsWrappedSequence = typeof(IWrappedSequence).IsAssignableFrom(type);
        StreamInterface = Only(type, typeof(IAsyncEnumerable<>));
        SequenceInterface = Only(type, typeof(IEnumerable<>));
        HasOnlyStreamMembers = IsIterator || (!type.IsVisible && DeclaresOnlyStreamMembers(type));
        ProxyBase = HasOnlyStreamMembers || StreamInterface is null ? null : FindProxyBase(type, StreamInterface);
    }

    /// <summary>Whether the compiler generated the type for a method with <c>yield return</c>, or for an expression of F#. No caller can downcast to such a type.</summary>
    public bool IsIterator { get; }

    /// <summary>Whether the type is this library's, around a lazy sequence of the target.</summary>
    public bool IsWrappedSequence { get; }

    /// <summary>The type's only <see cref="IAsyncEnumerable{T}"/> interface. Null if it has none or several.</summary>
    public Type? StreamInterface { get; }

    /// <summary>The type's only <see cref="IEnumerable{T}"/> interface. Null if it has none or several.</summary>
    public Type? SequenceInterface { get; }

    /// <summary>Whether callers can use nothing but the stream's interface: a downcast is impossible or exposes no other members.</summary>
    public bool HasOnlyStreamMembers { get; }

    /// <summary>
    /// The class that a proxy can derive from to replace an instance that callers may downcast. All its accessible members are virtual, so that
    /// the proxy can forward them. Null if there is no such class.
    /// </summary>
    public Type? ProxyBase { get; }

    public static StreamTypes Of(Type type) => Types.Get(type);

    /// <summary>Returns the item type of a stream type. Null if the type is not a stream, or is one of several item types.</summary>
    public static Type? ItemType(Type type) => Only(type, typeof(IAsyncEnumerable<>))?.GetGenericArguments()[0];

    private static Type? Only(Type type, Type definition) =>
        type.GetInterfaces().Where(implemented => implemented.IsConstructedFrom(definition)).ToArray() is [var only] ? only : null;

    private static bool DeclaresOnlyStreamMembers(Type type)
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
        // Callers cannot downcast to a type that is not visible, only to its nearest visible base. A proxy adds nothing to its base.
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
    /// Whether a method may read the private state of an instance: it is the finalizer, or an instance can be passed to it. A proxy forwards
    /// members but lacks that state.
    /// </summary>
    private static bool NeedsPrivateState(MethodInfo method, Type type) =>
        method.Name == nameof(Finalize)
        || method.GetParameters().Any(parameter => parameter.ParameterType.IsAssignableFrom(type) || type.IsAssignableFrom(parameter.ParameterType));
}
