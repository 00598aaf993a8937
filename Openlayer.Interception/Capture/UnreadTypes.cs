using System.Collections;
using System.Diagnostics;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.InteropServices;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Capture;

/// <summary>
/// The types whose values are never read, because reading them would run a query, advance a stream, wait, or walk into the application
/// itself. The application's converters do not change that.
/// </summary>
internal static class UnreadTypes
{
    private static readonly Type[] Unread =
    [
        typeof(Task), typeof(ValueTask), typeof(TaskScheduler), typeof(IAsyncResult), typeof(CancellationToken), typeof(CancellationTokenSource),
        typeof(CancellationTokenRegistration), typeof(Stream), typeof(TextReader), typeof(TextWriter), typeof(BinaryReader), typeof(BinaryWriter),
        typeof(Delegate), typeof(Expression), typeof(IServiceProvider), typeof(WaitHandle), typeof(SafeHandle), typeof(Thread), typeof(ITimer),
        typeof(Timer), typeof(IEnumerator), typeof(Pointer), typeof(HttpMessageInvoker), typeof(HttpMessageHandler), typeof(Process), typeof(WeakReference),

        // Its headers, its proxy and the factories in it can hold secrets under any name.
        typeof(OpenlayerOptions),
    ];

    // Types of frameworks that are not referenced, or whose assembly few applications use. Reading the form of a web request would consume the
    // body that the service needs.
    private static readonly string[] UnreadNames =
    [
        "Microsoft.EntityFrameworkCore.DbContext", "Microsoft.FSharp.Control.FSharpAsync`1", "Microsoft.FSharp.Control.FSharpMailboxProcessor`1",
        "Microsoft.FSharp.Control.FSharpDelegateEvent`1", "Microsoft.FSharp.Control.FSharpEvent`1", "Microsoft.FSharp.Control.FSharpEvent`2",
        "Microsoft.FSharp.Core.FSharpFunc`2", "Microsoft.FSharp.Core.FSharpTypeFunc", "Microsoft.FSharp.Quotations.FSharpExpr",
        "System.Data.DataRow", "System.Data.DataRowView", "System.Data.DataSet", "System.Data.DataTable", "System.Data.DataView",
        "System.IO.Pipelines.PipeReader", "System.IO.Pipelines.PipeWriter",
    ];

    // Interfaces of such types.
    private static readonly string[] UnreadInterfaces =
    [
        "Grpc.Core.IAsyncStreamReader`1", "Grpc.Core.IAsyncStreamWriter`1", "Microsoft.AspNetCore.Http.IHttpContextAccessor",
        "Microsoft.AspNetCore.Http.IRequestCookieCollection", "Microsoft.AspNetCore.Http.IResponseCookies", "Microsoft.AspNetCore.Http.ISession",
        "Microsoft.AspNetCore.Mvc.IUrlHelper", "Microsoft.AspNetCore.Mvc.ViewFeatures.ITempDataDictionary",
        "Microsoft.EntityFrameworkCore.Infrastructure.ILazyLoader", "Microsoft.EntityFrameworkCore.Infrastructure.IInfrastructure`1",
        "Microsoft.Extensions.Caching.Distributed.IDistributedCache", "Microsoft.Extensions.Caching.Memory.IMemoryCache",
        "Microsoft.Extensions.FileProviders.IDirectoryContents", "Microsoft.Extensions.FileProviders.IFileInfo",
        "Microsoft.Extensions.FileProviders.IFileProvider", "Microsoft.Extensions.Hosting.IHost", "Microsoft.Extensions.Logging.ILogger",
        "Microsoft.Extensions.Logging.ILoggerFactory", "Microsoft.Extensions.Options.IOptions`1", "Microsoft.Extensions.Options.IOptionsMonitor`1",
        "Microsoft.Extensions.Primitives.IChangeToken", "NHibernate.Proxy.INHibernateProxy",
    ];

    // A property that is declared as one of these is not read either.
    private static readonly string[] DataInterfaces =
    [
        "System.Data.IDataReader", "System.Data.IDataRecord", "System.Data.IDbCommand", "System.Data.IDbConnection", "System.Data.IDbTransaction",
    ];

    private static readonly Type[] UnreadDefinitions =
    [
        typeof(ValueTask<>), typeof(IProgress<>), typeof(IAsyncEnumerator<>), typeof(ThreadLocal<>), typeof(AsyncLocal<>), typeof(WeakReference<>),
    ];

    /// <summary>The placeholder for values of this type. Null if they are read.</summary>
    public static string? PlaceholderFor(Type type)
    {
        if (type == typeof(DBNull))
        {
            return null;
        }

        if (ProxiedType(type) is { } proxied)
        {
            return Placeholders.Unread(proxied);
        }

        if (type.IsAssignableTo(typeof(IQueryable)))
        {
            return Placeholders.Lazy(type.ConstructedFrom(typeof(IQueryable<>)) ?? typeof(IQueryable));
        }

        if (type.ConstructedFrom(typeof(IAsyncEnumerable<>)) is { } stream)
        {
            return Placeholders.Lazy(stream);
        }

        if (type.IsAssignableTo(typeof(IEnumerable)) && (IsLinq(type) || (type.IsCompilerGenerated() && !IsCollection(type))))
        {
            return LazyPlaceholder(type);
        }

        if (type.IsCompilerGenerated()
            && (type.ConstructedFrom(typeof(IAsyncEnumerator<>)) ?? type.ConstructedFrom(typeof(IEnumerator<>))) is { } enumerator)
        {
            return Placeholders.Unread(enumerator);
        }

        if (type.SelfAndBases().FirstOrDefault(static candidate => Array.IndexOf(UnreadNames, candidate.Definition().FullName) >= 0) is { } named)
        {
            return Placeholders.Unread(named.FullName!.StartsWith("Microsoft.FSharp.", StringComparison.Ordinal) ? named : type);
        }

        // The class of an event has no name that a person knows.
        if (Array.Find(type.GetInterfaces(), static contract => contract.Definition().FullName == "Microsoft.FSharp.Control.IEvent`2") is { } published)
        {
            return Placeholders.Unread(published);
        }

        return IsLinq(type)
            || type.IsPointer
            || type.IsByRefLike
            || Unread.Any(type.IsAssignableTo)
            || type.Implements(DataInterfaces)
            || Array.Exists(type.GetInterfaces(), static contract => Array.IndexOf(UnreadInterfaces, contract.Definition().FullName) >= 0)
            || UnreadDefinitions.Any(definition => type.ConstructedFrom(definition) is not null)
                ? Placeholders.Unread(type)
                : null;
    }

    /// <summary>Whether the items of a type exist already, as opposed to being produced while they are enumerated.</summary>
    public static bool IsCollection(Type type) =>
        type.IsAssignableTo(typeof(ICollection))
        || type.ConstructedFrom(typeof(ICollection<>)) is not null
        || type.ConstructedFrom(typeof(IReadOnlyCollection<>)) is not null;

    /// <summary>Whether the type is a generated class that loads the properties of an entity from the database as they are read.</summary>
    public static bool IsLazyLoadingProxy(Type type) =>
        Array.Exists(type.GetInterfaces(), static contract => contract.FullName == "Microsoft.EntityFrameworkCore.Proxies.Internal.IProxyLazyLoader");

    public static string LazyPlaceholder(Type type) => Placeholders.Lazy(type.ConstructedFrom(typeof(IEnumerable<>)) ?? typeof(IEnumerable));

    // Groups and lookups are results that exist already.
    private static bool IsLinq(Type type) =>
        type.Namespace is { } name
        && FrameworkTypes.IsIn(name, "System.Linq")
        && type.ConstructedFrom(typeof(ILookup<,>)) is null
        && !(type.ConstructedFrom(typeof(IGrouping<,>)) is not null && IsCollection(type));

    // A proxied service. By name, because capture does not reference a container or an interceptor.
    private static Type? ProxiedType(Type type)
    {
        const string ProxyNamespace = "Castle.DynamicProxy";
        var interfaces = type.GetInterfaces();
        if (IsLazyLoadingProxy(type))
        {
            return null;
        }

        var isProxy = type.IsAssignableTo(typeof(DispatchProxy))
            || Array.Exists(interfaces, static contract => contract.FullName == $"{ProxyNamespace}.IProxyTargetAccessor");
        if (!isProxy)
        {
            return null;
        }

        return type.BaseType is { IsPublic: true } parent && parent != typeof(object) && !parent.IsAssignableTo(typeof(DispatchProxy))
            ? parent
            : Array.Find(interfaces, static contract => contract.Namespace != ProxyNamespace) ?? type;
    }
}
