using System.Reflection;
using Castle.DynamicProxy;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Streaming;

/// <summary>
/// A stream class whose enumerator cannot be replaced, but which reads from two virtual methods: one returns the pages, the other the items
/// of a page. Created once for each type.
/// </summary>
internal sealed class PagedStream
{
    private const BindingFlags Declared =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly TypeCache<PagedStream?> Streams = new(static type => Find(type, type.ConstructedFrom(typeof(IAsyncEnumerable<>))));
    private static readonly TypeCache<PagedStream?> Sequences = new(static type => Find(type, type.ConstructedFrom(typeof(IEnumerable<>))));

    // A function as of Proxies<T>. Null until it is used.
    private Delegate? _proxies;

    private PagedStream(Type proxyBase, Type sequence, Type pageType)
    {
        ProxyBase = proxyBase;
        Sequence = sequence;
        PageType = pageType;
    }

    /// <summary>The class that a proxy can derive from to replace an instance. Its other accessible members are virtual.</summary>
    public Type ProxyBase { get; }

    /// <summary><see cref="IAsyncEnumerable{T}"/> or <see cref="IEnumerable{T}"/>, of its items.</summary>
    public Type Sequence { get; }

    public Type PageType { get; }

    /// <summary>Describes a paged stream type. Returns null if the type is not one.</summary>
    /// <param name="type">The type.</param>
    /// <param name="sequence"><see cref="IAsyncEnumerable{T}"/> or <see cref="IEnumerable{T}"/>, of its items.</param>
    public static PagedStream? Of(Type type, Type sequence) =>
        (sequence.IsConstructedFrom(typeof(IAsyncEnumerable<>)) ? Streams : Sequences).Get(type) is { } paged && paged.Sequence == sequence ? paged : null;

    /// <summary>Returns the function that creates the stream that replaces an instance and reports its enumerations to an observer.</summary>
    /// <typeparam name="T">The type of the items.</typeparam>
    public Func<object, StreamObserver<T>, object> Proxies<T>()
    {
        _proxies ??= typeof(PagedStreamInterceptor<,>)
            .MakeGenericType(PageType, typeof(T))
            .GetMethod(nameof(PagedStreamInterceptor<object, T>.Proxies))!
            .CreateDelegate<Func<Type, Func<object, StreamObserver<T>, object>>>()(ProxyBase);
        return (Func<object, StreamObserver<T>, object>)_proxies;
    }

    private static PagedStream? Find(Type type, Type? sequence)
    {
        // Callers cannot downcast to a type that is not visible, only to its nearest visible base. A proxy adds nothing to its base.
        var candidate = type.SelfAndBases().FirstOrDefault(static declaring => declaring.IsVisible && !ProxyUtil.IsProxyType(declaring));
        if (candidate is null
            || sequence is null
            || candidate.IsSealed
            || !sequence.IsAssignableFrom(candidate)
            || !ProxyUtil.IsAccessible(candidate)
            || candidate.GetConstructor(Declared, []) is not { IsPrivate: false, IsAssembly: false, IsFamilyAndAssembly: false })
        {
            return null;
        }

        var ofInterfaces = candidate.GetInterfaces().SelectMany(implemented => candidate.GetInterfaceMap(implemented).TargetMethods).ToHashSet();
        var methods = candidate.SelfAndBases().SelectMany(static declaring => declaring.GetMethods(Declared)).ToArray();
        var areForwarded = methods.All(method =>
            method.IsPrivate || ofInterfaces.Contains(method) || (method is { IsVirtual: true, IsFinal: false } && ProxyUtil.IsAccessible(method)));
        var haveNoState = candidate.SelfAndBases().All(static declaring => declaring.GetFields(Declared).Length == 0);
        var definition = sequence.GetGenericTypeDefinition();
        return areForwarded
            && haveNoState
            && methods.Where(method => method.ReturnType == sequence && method.GetParameters().Length == 1).ToArray() is [var items]
            && items.GetParameters()[0].ParameterType is var page
            && methods.Any(method => method.ReturnType == definition.MakeGenericType(page) && method.GetParameters().Length == 0)
                ? new PagedStream(candidate, sequence, page)
                : null;
    }
}
