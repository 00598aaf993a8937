using System.Collections;
using System.Diagnostics;
using System.Drawing;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Mail;
using System.Net.Mime;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Numerics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>Small types that are written as a text, as a person would write them. Creating the text has no effect on the value.</summary>
internal static class KnownTexts
{
    private const int MaxBits = 1_024;

    // The first match counts.
    private static readonly (Type Type, Func<object, string?> Text)[] Texts =
    [
        Of<IPAddress>(AddressText),
        Of<IPEndPoint>(static point => $"{(point.Address.IsIPv6() ? $"[{AddressText(point.Address)}]" : AddressText(point.Address))}:{Number(point.Port)}"),
        Of<IPNetwork>(static network => $"{AddressText(network.BaseAddress)}/{Number(network.PrefixLength)}"),
        Of<DnsEndPoint>(static point => $"{point.Host}:{Number(point.Port)}"),
        Of<HttpMethod>(static method => method.Method),
        Of<FileSystemInfo>(static file => file.ToString()),
        Of<CultureInfo>(static culture => culture.Name),
        Of<CompareInfo>(static compare => compare.Name),
        Of<RegionInfo>(static region => region.Name),
        Of<TimeZoneInfo>(static zone => zone.Id),
        Of<Encoding>(static encoding => encoding.WebName),
        Of<Regex>(static regex => regex.ToString()),
        Of<System.Text.RegularExpressions.Capture>(static found => found.Value),
        Of<Index>(IndexText),
        Of<Range>(static range => $"{IndexText(range.Start)}..{IndexText(range.End)}"),
        Of<Complex>(static number => $"{Number(number.Real)}{(double.IsNegative(number.Imaginary) ? "" : "+")}{Number(number.Imaginary)}i"),
        Of<BitArray>(BitsText),
        Of<AssemblyName>(static name => name.Name),
        Of<UnixDomainSocketEndPoint>(static point => point.ToString()),
        Of<HashAlgorithmName>(static algorithm => algorithm.Name),
        Of<Oid>(static identifier => identifier.Value),
        Of<JsonEncodedText>(static encoded => encoded.Value),
        Of<ActivityContext>(static context => $"00-{context.TraceId}-{context.SpanId}-{(byte)context.TraceFlags:x2}"),
        Of<OSPlatform>(static platform => platform.ToString()),
    ];

    // Types of assemblies that few applications use. They are known by name, so that these assemblies are not loaded for this table.
    private static readonly Dictionary<string, Func<object, string?>> TextsByName = new(StringComparer.Ordinal)
    {
        ["System.Net.NetworkInformation.PhysicalAddress"] = static value => BitConverter.ToString(((PhysicalAddress)value).GetAddressBytes()),
        ["System.Net.Mail.MailAddress"] = static value => MailText((MailAddress)value),
        ["System.Net.Mime.ContentType"] = static value => ((ContentType)value).MediaType,
        ["System.Net.Mime.ContentDisposition"] = static value => ((ContentDisposition)value).DispositionType,
        ["System.IO.DriveInfo"] = static value => ((DriveInfo)value).Name,
        ["System.Xml.Linq.XName"] = static value => ((XName)value).ToString(),
        ["System.Xml.Linq.XNamespace"] = static value => ((XNamespace)value).NamespaceName,
        ["System.Xml.XmlQualifiedName"] = static value => ((XmlQualifiedName)value).ToString(),
        ["System.Drawing.Color"] = static value => ColorText((Color)value),
    };

    // Types of packages that are not referenced, whose ToString is what a person would write.
    private static readonly HashSet<string> Named = new(StringComparer.Ordinal)
    {
        "Microsoft.AspNetCore.Http.FragmentString", "Microsoft.AspNetCore.Http.HostString", "Microsoft.AspNetCore.Http.PathString",
        "Microsoft.AspNetCore.Http.QueryString", "Microsoft.Extensions.Logging.EventId", "Microsoft.Extensions.Primitives.StringSegment",
        "System.Diagnostics.ActivitySpanId", "System.Diagnostics.ActivityTraceId",
    };

    /// <summary>The converter of a type. Null if its values are not written as a text.</summary>
    public static SnapshotConverter? Find(Type type)
    {
        if ((Array.Find(Texts, known => type.IsAssignableTo(known.Type)).Text ?? type.FindByName(TextsByName)) is { } text)
        {
            return new DelegateConverter((writer, value) => writer.WriteText(text(value)));
        }

        return (type.FullName is { } name && Named.Contains(name)) || IsHeaderValue(type)
            ? new DelegateConverter(static (writer, value) => writer.WriteText(value.ToString()))
            : null;
    }

    // Content-Type, Cache-Control. Not those whose value can be a secret.
    private static bool IsHeaderValue(Type type) =>
        type.Namespace is "System.Net.Http.Headers" or "Microsoft.Net.Http.Headers"
        && type.Name.EndsWith("HeaderValue", StringComparison.Ordinal)
        && !type.Name.Contains("Cookie", StringComparison.Ordinal)
        && !type.Name.StartsWith("NameValue", StringComparison.Ordinal)
        && type != typeof(AuthenticationHeaderValue);

    private static (Type Type, Func<object, string?> Text) Of<T>(Func<T, string?> text) => (typeof(T), value => text((T)value));

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Number(double number) => number.ToString(CultureInfo.InvariantCulture);

    private static bool IsIPv6(this IPAddress address) => address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;

    // ToString keeps its result in the address.
    private static string AddressText(IPAddress address)
    {
        Span<char> text = stackalloc char[128];
        return address.TryFormat(text, out var length) ? text[..length].ToString() : address.ToString();
    }

    private static string MailText(MailAddress address) => address.DisplayName.Length == 0 ? address.Address : $"{address.DisplayName} <{address.Address}>";

    private static string ColorText(Color color) => color.IsNamedColor ? color.Name : $"#{color.ToArgb().ToString("X8", CultureInfo.InvariantCulture)}";

    private static string IndexText(Index index) => (index.IsFromEnd ? "^" : "") + Number(index.Value);

    private static string BitsText(BitArray bits)
    {
        var text = new StringBuilder();
        for (var index = 0; index < Math.Min(bits.Length, MaxBits); index++)
        {
            text.Append(bits[index] ? '1' : '0');
        }

        return bits.Length > MaxBits ? text.Append(Placeholders.MoreCharacters(bits.Length - MaxBits)).ToString() : text.ToString();
    }
}
