using System.Reflection;
using System.Runtime.CompilerServices;
using Castle.DynamicProxy;

namespace Openlayer.Interception.Streaming;

/// <summary>
/// A class that is a stream of items, has an enumerator that cannot be replaced, and feeds it from two virtual methods: one gives the
/// pages, as they come in, and one the items of a page. Found once for each type.
/// </summary>
internal sealed class PagedStream
{
    private const BindingFlags Declared =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    // The table's values cannot be null: types that are no such class have this one.
    private static readonly PagedStream None = new(typeof(object), typeof(object));

    // Weak in its keys, so that collectible assemblies stay collectible.
    private static readonly ConditionalWeakTable<Type, PagedStream> Types = [];

    private PagedStream(Type proxyBase, Type pageType)
    {
        ProxyBase = proxyBase;
        PageType = pageType;
    }

    /// <summary>The class to derive from so that an instance can be replaced: all else that can be reached of it is virtual.</summary>
    public Type ProxyBase { get; }

    public Type PageType { get; }

    /// <summary>How a type is a paged stream. Null if it is none.</summary>
    /// <param name="type">The type.</param>
    /// <param name="sequence"><see cref="IAsyncEnumerable{T}"/> or <see cref="IEnumerable{T}"/>, of its items.</param>
    public static PagedStream? Of(Type type, Type sequence) =>
        Types.GetValue(type, found => Find(found, sequence) ?? None) is var paged && ReferenceEquals(paged, None) ? null : paged;

    private static PagedStream? Find(Type type, Type sequence)
    {
        // A type that is not visible cannot be downcast to from outside; its nearest visible base can. A proxy adds nothing to its base.
        var candidate = Hierarchy(type).FirstOrDefault(static declaring => declaring.IsVisible && !ProxyUtil.IsProxyType(declaring));
        if (candidate is null
            || candidate.IsSealed
            || !sequence.IsAssignableFrom(candidate)
            || !ProxyUtil.IsAccessible(candidate)
            || candidate.GetConstructor(Declared, []) is not { IsPrivate: false, IsAssembly: false, IsFamilyAndAssembly: false })
        {
            return null;
        }

        var ofInterfaces = candidate.GetInterfaces().SelectMany(implemented => candidate.GetInterfaceMap(implemented).TargetMethods).ToHashSet();
        var methods = Hierarchy(candidate).SelectMany(static declaring => declaring.GetMethods(Declared)).ToArray();
        var areForwarded = methods.All(method =>
            method.IsPrivate || ofInterfaces.Contains(method) || (method is { IsVirtual: true, IsFinal: false } && ProxyUtil.IsAccessible(method)));
        var haveNoState = Hierarchy(candidate).All(static declaring => declaring.GetFields(Declared).Length == 0);
        var definition = sequence.GetGenericTypeDefinition();
        return areForwarded
            && haveNoState
            && methods.Where(method => method.ReturnType == sequence && method.GetParameters().Length == 1).ToArray() is [var items]
            && items.GetParameters()[0].ParameterType is var page
            && methods.Any(method => method.ReturnType == definition.MakeGenericType(page) && method.GetParameters().Length == 0)
                ? new PagedStream(candidate, page)
                : null;
    }

    private static IEnumerable<Type> Hierarchy(Type type)
    {
        for (var declaring = type; declaring is not null && declaring != typeof(object); declaring = declaring.BaseType)
        {
            yield return declaring;
        }
    }
}
