using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using Castle.DynamicProxy;

namespace Openlayer.Interception.Invocation;

/// <summary>What is known of the called methods. Each is described once for each target class. Thread-safe.</summary>
/// <typeparam name="TDescription">The description of a method.</typeparam>
/// <param name="describe">Describes a method for the class of a target. Null is kept too.</param>
internal sealed class MethodTable<TDescription>(Func<MethodInfo, Type, TDescription?> describe)
    where TDescription : class
{
    // A power of two, greater than the number of methods that are hot at the same time.
    private const int RecentLength = 1024;

    // Castle passes the same MethodInfo for each call of a (closed) method.
    private readonly ConcurrentDictionary<Key, Implementation> _methods = new();

    // Methods of collectible types. A value refers to its method and its type, so the one that can be unloaded is the weak key, and the
    // other one is not: a weak table inside a weak table would keep its own outer key alive.
    private readonly ConditionalWeakTable<MemberInfo, ConcurrentDictionary<MemberInfo, Implementation>> _collectibleMethods = [];

    // Recently called methods, by hash. A look-up in the table alone costs as much as the rest of an unsampled call. Contains no
    // collectible types.
    private readonly Implementation?[] _recent = new Implementation?[RecentLength];

    /// <summary>Returns the description of the called method. Null if it has none.</summary>
    public TDescription? Find(IInvocation invocation)
    {
        var method = invocation.Method;

        // A proxy without a target is described by its interface.
        return Find(method, invocation.TargetType ?? method.DeclaringType!);
    }

    /// <summary>Returns the description of a method for the class of a target. Null if it has none.</summary>
    public TDescription? Find(MethodInfo method, Type type)
    {
        ref var recent = ref _recent[RuntimeHelpers.GetHashCode(method) & (RecentLength - 1)];
        if (recent is not { } found || !ReferenceEquals(found.Method, method) || !ReferenceEquals(found.Type, type))
        {
            found = LookUp(method, type);
            if (!method.IsCollectible && !type.IsCollectible)
            {
                recent = found;
            }
        }

        return found.Description;
    }

    private Implementation LookUp(MethodInfo method, Type type)
    {
        if (!method.IsCollectible && !type.IsCollectible)
        {
            return _methods.GetOrAdd(new Key(method, type), static (called, describe) => Create(called.Method, called.Type, describe), describe);
        }

        var (key, other) = type.IsCollectible ? ((MemberInfo)type, (MemberInfo)method) : (method, type);
        return _collectibleMethods
            .GetValue(key, static _ => new())
            .GetOrAdd(other, static (_, called) => Create(called.method, called.type, called.describe), (method, type, describe));
    }

    private static Implementation Create(MethodInfo method, Type type, Func<MethodInfo, Type, TDescription?> describe) =>
        new(method, type, describe(method, type));

    // A class, because the framework has compiled code for dictionaries of classes only, and the first call of a process waits for the rest.
    private sealed record Key(MethodInfo Method, Type Type);

    /// <summary>A method of an interface or class, as a target class implements it.</summary>
    private sealed record Implementation(MethodInfo Method, Type Type, TDescription? Description);
}
