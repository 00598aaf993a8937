using System.Collections;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Capture;

/// <summary>
/// The types of .NET and ASP.NET Core that are handles to something, as opposed to values: files, connections, locks, timers, sessions,
/// sequences that are computed as they are read. Most of them have getters with effects.
/// </summary>
internal static class FrameworkHandles
{
    // All types in these namespaces, except collections.
    private static readonly string[] Namespaces =
    [
        "Microsoft.CSharp", "Microsoft.Win32", "System.Buffers", "System.CodeDom", "System.ComponentModel", "System.Data", "System.Diagnostics",
        "System.Formats", "System.IO", "System.Linq", "System.Net.Http", "System.Net.NetworkInformation", "System.Net.Quic", "System.Net.Security",
        "System.Net.Sockets", "System.Net.WebSockets", "System.Reflection", "System.Resources", "System.Runtime", "System.Security.AccessControl",
        "System.Security.Cryptography", "System.Text.Json", "System.Text.RegularExpressions", "System.Threading", "System.Timers",
        "System.Transactions", "System.Web", "System.Xml",
    ];

    // Collections that are computed or loaded as they are read, and those that wait for a lock which callers may hold.
    private static readonly HashSet<string> Collections = new(StringComparer.Ordinal)
    {
        "Microsoft.VisualBasic.Collection", "System.Collections.Concurrent.BlockingCollection`1",
        "System.Data.Common.DbConnectionStringBuilder", "System.Text.RegularExpressions.MatchCollection",
        "System.Text.RegularExpressions.GroupCollection", "System.Text.RegularExpressions.CaptureCollection",
        "System.Diagnostics.EventLogEntryCollection", "System.Diagnostics.ProcessModuleCollection", "System.Diagnostics.ProcessThreadCollection",
        "System.Security.Cryptography.X509Certificates.X509Certificate2Collection",
        "System.Security.Cryptography.X509Certificates.X509CertificateCollection",
        "System.Security.Cryptography.X509Certificates.X509ExtensionCollection",
        "System.Security.Cryptography.X509Certificates.X509ChainElementCollection", "System.Net.HttpListenerPrefixCollection",
        "System.ComponentModel.PropertyDescriptorCollection", "System.ComponentModel.EventDescriptorCollection",
        "System.ComponentModel.AttributeCollection", "System.ComponentModel.Container", "System.Data.InternalDataCollectionBase",
        "System.Runtime.CompilerServices.ConditionalWeakTable`2",
        "System.Collections.ArrayList+SyncArrayList", "System.Collections.ArrayList+SyncIList", "System.Collections.Hashtable+SyncHashtable",
        "System.Collections.SortedList+SyncSortedList", "System.Collections.Queue+SynchronizedQueue", "System.Collections.Stack+SyncStack",
    };

    /// <summary>Whether the type, or the type of the framework that it derives from, is a handle.</summary>
    public static bool Contains(Type type)
    {
        var declared = type.SelfAndBases().FirstOrDefault(static candidate => candidate.IsOfFramework() || candidate.IsOfHosting());
        if (declared is null
            || declared == typeof(ValueType)
            || declared == typeof(MarshalByRefObject)
            || declared.IsAssignableTo(typeof(Attribute))
            || declared.IsAssignableTo(typeof(EventArgs)))
        {
            return false;
        }

        if (declared.SelfAndBases().Any(static candidate => Collections.Contains(candidate.Definition().FullName ?? "")))
        {
            return true;
        }

        return !declared.IsAssignableTo(typeof(IEnumerable))
            && (declared.IsAssignableTo(typeof(IDisposable))
                || declared.IsAssignableTo(typeof(IAsyncDisposable))
                || Array.Exists(Namespaces, parent => declared.Namespace is { } name && FrameworkTypes.IsIn(name, parent)));
    }
}
