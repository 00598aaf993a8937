using System.Collections;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace Openlayer.Interception.Reflection;

/// <summary>
/// Finds methods that wait, or that use a database, the file system, the network or another process. Follows calls
/// within the assembly of the method: packages often take locks that no caller can hold. Calls of interface and virtual members are not
/// followed to their implementations.
/// </summary>
internal static class Effects
{
    private const int MaxMethods = 256;
    private const int MaxDepth = 12;

    private static readonly string[] Namespaces =
    [
        "Dapper", "LinqToDB", "Microsoft.Azure.Cosmos", "Microsoft.EntityFrameworkCore", "Microsoft.Win32", "MongoDB.Driver", "NHibernate", "Raven.Client",
        "RestSharp", "StackExchange.Redis", "System.Data.Entity", "System.Diagnostics.Process", "System.IO", "System.Net.Http",
        "System.Net.NetworkInformation", "System.Net.Sockets", "System.Net.WebSockets", "System.Threading",
    ];

    private static readonly HashSet<string> TypesWithEffects = new(StringComparer.Ordinal)
    {
        "System.Diagnostics.Process", "System.Net.Dns", "System.Net.WebClient", "System.Net.WebRequest", "System.Net.Mail.SmtpClient", "System.Console",
        "System.Collections.Concurrent.BlockingCollection`1", "System.IServiceProvider",
        "Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions", "System.Linq.ParallelEnumerable",
    };

    private static readonly HashSet<string> TypesWithoutEffects = new(StringComparer.Ordinal)
    {
        "System.IO.Path", "System.IO.StringWriter", "System.Threading.Interlocked", "System.Threading.Volatile", "System.Threading.CancellationToken",
        "System.Threading.LazyInitializer", "System.Threading.Timeout", "System.Threading.Thread", "System.Threading.AsyncLocal`1",
        "System.Threading.CancellationTokenSource", "System.Threading.ExecutionContext", "System.Threading.Tasks.TaskCompletionSource",
        "System.Threading.Tasks.TaskCompletionSource`1",
    };

    // By name, so that their assembly is not loaded.
    private static readonly string[] DatabaseInterfaces = ["System.Data.IDataReader", "System.Data.IDbCommand", "System.Data.IDbConnection"];

    private static readonly HashSet<string> Waits = new(StringComparer.Ordinal) { "Wait", "WaitAll", "WaitAny", "get_Result", "GetResult", "Sleep", "Join" };

    /// <summary>The first call with an effect that a method makes, as <c>Monitor.Enter</c>. Null if none is found.</summary>
    /// <param name="method">The method.</param>
    /// <param name="self">The type of the object that it is called on, whose overrides are followed. Null: unknown.</param>
    public static string? Find(MethodBase method, Type? self = null)
    {
        var visited = new HashSet<MethodBase>();
        return Find(method, self, visited, depth: 0);
    }

    /// <summary>The first call with an effect that enumerating a collection of the application makes. Null if none is found.</summary>
    public static string? FindInEnumeration(Type type)
    {
        if (type.IsInterface || type.IsArray || type.IsOfFramework())
        {
            return null;
        }

        return type.GetInterfaces()
            .Where(static contract => contract == typeof(IEnumerable) || contract.IsConstructedFrom(typeof(IEnumerable<>)) || contract.IsConstructedFrom(typeof(IReadOnlyCollection<>))
                || contract.IsConstructedFrom(typeof(ICollection<>)))
            .SelectMany(contract => type.GetInterfaceMap(contract).TargetMethods)
            .Where(static method => method.DeclaringType is { } declaring && !declaring.IsOfFramework()
                && (method.Name.EndsWith("GetEnumerator", StringComparison.Ordinal) || method.Name.EndsWith("get_Count", StringComparison.Ordinal)))
            .Select(method => Find(method, type))
            .FirstOrDefault(static effect => effect is not null);
    }

    /// <summary>
    /// The first call with an effect in the methods with which a type of the application overrides those of the framework. Null if none is
    /// found.
    /// </summary>
    /// <param name="type">The type.</param>
    /// <param name="isRead">Whether a method of this name is called by the capture.</param>
    public static string? FindInOverrides(Type type, Func<string, bool> isRead)
    {
        if (type.IsOfFramework() || type.IsOfHosting())
        {
            return null;
        }

        return type.GetMethods(BindingFlags.Instance | BindingFlags.Public)
            .Where(method => method.IsVirtual
                && isRead(method.Name)
                && method.DeclaringType is { } declaring && !declaring.IsOfFramework() && !declaring.IsOfHosting()
                && method.GetBaseDefinition().DeclaringType is { } overridden && (overridden.IsOfFramework() || overridden.IsOfHosting()))
            .Select(method => Find(method, type))
            .FirstOrDefault(static effect => effect is not null);
    }

    /// <summary>Whether the method locks its object while it runs.</summary>
    public static bool IsSynchronized(MethodBase method) => (method.MethodImplementationFlags & MethodImplAttributes.Synchronized) != 0;

    private static string? Find(MethodBase method, Type? self, HashSet<MethodBase> visited, int depth)
    {
        if (depth > MaxDepth || visited.Count >= MaxMethods || !visited.Add(method))
        {
            return null;
        }

        if (IsSynchronized(method))
        {
            return "Monitor.Enter";
        }

        foreach (var (code, member) in MethodCode.References(method))
        {
            // A method that is loaded for a delegate is most likely called by what gets the delegate.
            if (member is not MethodBase { DeclaringType: { } declaring } called)
            {
                continue;
            }

            if (HasEffect(called))
            {
                return $"{CSharpName.Of(declaring)}.{Name(called)}";
            }

            var followed = TextOf(called) ?? (code == OpCodes.Callvirt ? Override(called, self) : called);
            var inner = followed.Module.Assembly == method.Module.Assembly ? Find(followed, self, visited, depth + 1) : null;
            inner ??= code == OpCodes.Newobj ? FindInEnumerator(declaring, method, self, visited, depth) : null;
            if (inner is not null)
            {
                return inner;
            }
        }

        return null;
    }

    // The body of an iterator is in its MoveNext.
    private static string? FindInEnumerator(Type type, MethodBase creator, Type? self, HashSet<MethodBase> visited, int depth) =>
        type.Assembly == creator.Module.Assembly
        && type.IsAssignableTo(typeof(IEnumerator))
        && type.GetMethod("MoveNext", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly) is { } next
            ? Find(next, self, visited, depth + 1)
            : null;

    // What a call on the object itself runs: it calls its other members more often than those of another object of a base type.
    private static MethodBase Override(MethodBase called, Type? self)
    {
        if (self is null || self.IsInterface || called is not MethodInfo { IsVirtual: true, IsGenericMethod: false, DeclaringType: { } declaring } method || !declaring.IsAssignableFrom(self))
        {
            return called;
        }

        if (declaring.IsInterface)
        {
            var map = self.GetInterfaceMap(declaring);
            return Array.IndexOf(map.InterfaceMethods, method) is var index and >= 0 ? map.TargetMethods[index] : called;
        }

        return Array.Find(
            self.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic),
            candidate => candidate.Name == method.Name && candidate.GetBaseDefinition() == method.GetBaseDefinition()) ?? called;
    }

    // The text of a value in an interpolated string.
    private static MethodInfo? TextOf(MethodBase called) =>
        called is MethodInfo { Name: "AppendFormatted", IsGenericMethod: true } method && method.DeclaringType == typeof(DefaultInterpolatedStringHandler)
            ? method.GetGenericArguments()[0].GetMethod(nameof(ToString), Type.EmptyTypes)
            : null;

    private static bool HasEffect(MethodBase called)
    {
        if (called.DeclaringType is not { Namespace: { } name } type)
        {
            return false;
        }

        // XML is loaded from a file or an address.
        if (called.Name == "Load" && FrameworkTypes.IsIn(name, "System.Xml"))
        {
            return true;
        }

        // The overloads that wait for each other.
        if (called is { Name: "EnsureInitialized", DeclaringType.FullName: "System.Threading.LazyInitializer" })
        {
            return Array.Exists(called.GetParameters(), static parameter => parameter.ParameterType == typeof(object).MakeByRefType());
        }

        // The form of a lazy loader that Entity Framework Core injects into entities without a reference to it.
        if (type == typeof(Action<object, string>))
        {
            return called.Name == "Invoke";
        }

        var definition = type.Definition();
        if (definition == typeof(Lazy<>))
        {
            return called.Name == "get_Value";
        }

        var fullName = definition.FullName ?? definition.Name;
        return IsAwaiter(type) || type.IsAssignableTo(typeof(Task)) || fullName is "System.Threading.Thread" or "System.Threading.Tasks.ValueTask" or "System.Threading.Tasks.ValueTask`1" ? Waits.Contains(called.Name)
            : TypesWithEffects.Contains(fullName)
            || (Array.Exists(Namespaces, parent => FrameworkTypes.IsIn(name, parent)) && !TypesWithoutEffects.Contains(fullName) && !type.IsEnum && !IsArgument(type))
            || (called.Name != ".ctor" && type.Implements(DatabaseInterfaces));
    }

    private static bool IsAwaiter(Type type) =>
        type.Namespace == "System.Runtime.CompilerServices" && type.Name.Contains("Awaiter", StringComparison.Ordinal);

    // Exceptions, and values that describe something.
    private static bool IsArgument(Type type) =>
        type.IsAssignableTo(typeof(Exception)) || type.IsAssignableTo(typeof(Attribute)) || type.Namespace == "System.Net.Http.Headers";

    private static string Name(MethodBase method) =>
        method.IsSpecialName && method.Name.StartsWith("get_", StringComparison.Ordinal) ? method.Name[4..] : method.Name;
}
