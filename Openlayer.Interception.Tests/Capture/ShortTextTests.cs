using System.Collections;
using System.Collections.Immutable;
using System.Collections.Specialized;
using System.ComponentModel.DataAnnotations;
using System.Data.SqlTypes;
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
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Openlayer.Interception.Tests.Capture;

/// <summary>Values of the framework, as a person would write them.</summary>
public sealed class ShortTextTests
{
    [Theory]
    [MemberData(nameof(Values))]
    public void A_small_value_of_the_framework_is_recorded_as_a_person_would_write_it(object value, string json)
    {
        Assert.Equal(json, Snapshots.Of(value));
        Assert.Equal($"{{\"Value\":{json}}}", Snapshots.Of(new { Value = value }));
        Assert.Equal($"[{json}]", Snapshots.Of(new[] { value }));
    }

    public static TheoryData<object, string> Values() => new()
    {
        { IPAddress.Parse("10.0.0.1"), "\"10.0.0.1\"" },
        { IPAddress.IPv6Loopback, "\"::1\"" },
        { new IPEndPoint(IPAddress.Loopback, 80), "\"127.0.0.1:80\"" },
        { new IPEndPoint(IPAddress.IPv6Loopback, 80), "\"[::1]:80\"" },
        { IPNetwork.Parse("10.0.0.0/8"), "\"10.0.0.0/8\"" },
        { new DnsEndPoint("example.com", 443), "\"example.com:443\"" },
        { PhysicalAddress.Parse("001122AABBCC"), "\"00-11-22-AA-BB-CC\"" },
        { new MailAddress("ada@example.com", "Ada"), "\"Ada <ada@example.com>\"" },
        { new MailAddress("ada@example.com"), "\"ada@example.com\"" },
        { new ContentType("text/plain; charset=utf-8"), "\"text/plain\"" },
        { MediaTypeHeaderValue.Parse("text/plain; charset=utf-8"), "\"text/plain; charset=utf-8\"" },
        { EntityTagHeaderValue.Any, "\"*\"" },
        { CacheControlHeaderValue.Parse("no-cache"), "\"no-cache\"" },
        { HttpMethod.Patch, "\"PATCH\"" },
        { new FileInfo("a/b.txt"), "\"a/b.txt\"" },
        { new DirectoryInfo("a"), "\"a\"" },
        { new CultureInfo("de-DE"), "\"de-DE\"" },
        { CultureInfo.InvariantCulture, "\"\"" },
        { new RegionInfo("DE"), $"\"{new RegionInfo("DE").Name}\"" },
        { TimeZoneInfo.Utc, "\"UTC\"" },
        { Encoding.UTF8, "\"utf-8\"" },
        { new Regex("^a+$", RegexOptions.IgnoreCase), "\"^a+$\"" },
        { new Version(1, 2, 3), "\"1.2.3\"" },
        { new Rune('a'), "\"a\"" },
        { ^1, "\"^1\"" },
        { 1..^2, "\"1..^2\"" },
        { new Complex(1, -2.5), "\"1-2.5i\"" },
        { new Complex(1, 2), "\"1+2i\"" },
        { new Vector2(1, 2), "[1,2]" },
        { new Vector3(1, 2.5f, -3), "[1,2.5,-3]" },
        { new Vector4(1, 2, 3, 4), "[1,2,3,4]" },
        { Quaternion.Identity, "[0,0,0,1]" },
        { Matrix3x2.Identity, "[1,0,0,1,0,0]" },
        { new Plane(1, 2, 3, 4), """{"Normal":[1,2,3],"D":4}""" },
        { new BitArray([true, false, true]), "\"101\"" },
        { Color.Red, "\"Red\"" },
        { Color.FromArgb(255, 1, 2, 3), "\"#FF010203\"" },
        { new Point(1, 2), """{"X":1,"Y":2}""" },
        { new PointF(1.5f, 2), """{"X":1.5,"Y":2}""" },
        { new Size(1, 2), """{"Width":1,"Height":2}""" },
        { new Rectangle(1, 2, 3, 4), """{"X":1,"Y":2,"Width":3,"Height":4}""" },
        { XElement.Parse("<a x='1'><b>text</b><c/></a>"), "\"<a x=\\\"1\\\"><b>text</b><c /></a>\"" },
        { XDocument.Parse("<?xml version='1.0'?><a/>"), "\"<a />\"" },
        { new XAttribute("a", "b"), "\"b\"" },
        { XName.Get("a", "urn:b"), "\"{urn:b}a\"" },
        { Document("<a><b>1</b></a>"), "\"<a><b>1</b></a>\"" },
        { Document("<a><b>1</b></a>").DocumentElement!, "\"<a><b>1</b></a>\"" },
        { new Claim(ClaimTypes.Name, "Ada"), """{"name":"Ada"}""" },
        { new ClaimsIdentity([new Claim("role", "a"), new Claim("role", "b"), new Claim(ClaimTypes.Name, "Ada")], "Basic"), """{"role":["a","b"],"name":"Ada"}""" },
        { new ClaimsPrincipal(new ClaimsIdentity([new Claim("password", "x"), new Claim("sub", "1")])), """{"password":"[redacted]","sub":"1"}""" },
        { new StringValues("a"), "\"a\"" },
        { new StringValues(["a", "b"]), """["a","b"]""" },
        { new StringSegment("abc", 1, 1), "\"b\"" },
        { new PathString("/a"), "\"/a\"" },
        { new QueryString("?a=1"), "\"?a=1\"" },
        { new HostString("example.com", 80), "\"example.com:80\"" },
        { new QueryCollection(new Dictionary<string, StringValues> { ["a"] = "1" }), """{"a":"1"}""" },
        { new FormCollection(new() { ["a"] = new(["1", "2"]) }), """{"a":["1","2"]}""" },
        { new HeaderDictionary { ["Accept"] = "text/plain", ["Authorization"] = "x" }, """{"Accept":"text/plain","Authorization":"[redacted]"}""" },
        { new FormFile(Stream.Null, 0, 3, "photo", "a.png") { Headers = new HeaderDictionary { ["Content-Type"] = "image/png" } }, """{"name":"photo","fileName":"a.png","contentType":"image/png","length":3}""" },
        { Context(), """{"method":"GET","uri":"https://example.com/orders/1?full=true","status":200}""" },
        { Context().Request, """{"method":"GET","uri":"https://example.com/orders/1?full=true"}""" },
        { Context().Response, """{"status":200}""" },
        { typeof(List<int>), "\"List<int>\"" },
        { typeof(string).GetMethod("Trim", [])!, "\"string.Trim\"" },
        { new System.Reflection.AssemblyName("a, Version=1.0.0.0"), "\"a\"" },
        { new System.Buffers.ReadOnlySequence<byte>([1, 2]), """{"bytes":2}""" },
        { DayOfWeek.Friday, "\"Friday\"" },
        { new NFloat(1.5), "1.5" },
        { new CLong(3), "3" },
        { new CULong(3), "3" },
        { Vector64.Create(1, 2), "[1,2]" },
        { Vector128.Create(1.5, -2), "[1.5,-2]" },
        { Vector256<long>.One, "[1,1,1,1]" },
        { Vector512<double>.Zero, "[0,0,0,0,0,0,0,0]" },
        { new SqlInt32(3), "3" },
        { new SqlString("a"), "\"a\"" },
        { SqlGuid.Null, "null" },
        { new SqlDecimal(1.5m), "1.5" },
        { new UnixDomainSocketEndPoint("/tmp/a"), "\"/tmp/a\"" },
        { HashAlgorithmName.SHA256, "\"SHA256\"" },
        { new Oid("1.2.3"), "\"1.2.3\"" },
        { JsonEncodedText.Encode("a"), "\"a\"" },
        { JsonDocument.Parse("""{"a":[1]}""").RootElement.EnumerateObject().First(), """{"a":[1]}""" },
        { JsonDocument.Parse("""{"password":"x"}""").RootElement.EnumerateObject().First(), """{"password":"[redacted]"}""" },
        { new ActivityContext(ActivityTraceId.CreateFromString("0af7651916cd43dd8448eb211c80319c"), ActivitySpanId.CreateFromString("b7ad6b7169203331"), ActivityTraceFlags.Recorded), "\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\"" },
        { (FormattableString)$"a {1} b", """{"format":"a {0} b","arguments":[1]}""" },
        { new ValidationResult("bad", ["a"]), """{"errorMessage":"bad","memberNames":["a"]}""" },
        { new StringDictionary { ["a"] = "1" }, """{"a":"1"}""" },
        { new StringDictionary { ["password"] = "x" }, """{"password":"[redacted]"}""" },
        { ImmutableStack.Create(1, 2), "[2,1]" },
        { ImmutableQueue.Create(1, 2), "[1,2]" },
        { new[] { 1, 2, 3 }.ToLookup(static number => number % 2 == 0 ? "even" : "odd"), """{"odd":[1,3],"even":[2]}""" },
        { new[] { 1, 2, 3 }.GroupBy(static number => number % 2).ToList(), """[{"Key":1,"Items":[1,3]},{"Key":0,"Items":[2]}]""" },
        { new[] { "x" }.GroupBy(static _ => "password").First(), """{"Key":"password","Items":"[redacted]"}""" },
        { new XmlQualifiedName("a", "urn:b"), "\"urn:b:a\"" },
        { new XComment("a"), "\"a\"" },
        { new XProcessingInstruction("a", "b"), "\"<?a b?>\"" },
        { Document("<?xml version='1.0'?><a/>").FirstChild!, "\"<?xml version=\\\"1.0\\\"?>\"" },
        { Document("<a x='1' password='y'/>").DocumentElement!.Attributes, """{"x":"1","password":"[redacted]"}""" },
        { FileMode.Open, "\"Open\"" },
    };

    [Fact]
    public void Secrets_in_xml_are_redacted_and_long_xml_is_cut()
    {
        Assert.Equal(
            "\"<a password=\\\"[redacted]\\\"><apiKey>[redacted]</apiKey><b>1</b></a>\"",
            Snapshots.Of(XElement.Parse("<a password='x'><apiKey><inner>x</inner></apiKey><b>1</b></a>")));
        var large = new XElement("a", Enumerable.Range(0, 100_000).Select(static index => new XElement("item", index)));
        Assert.InRange(Snapshots.Of(large, static options => options.MaxStringLength = 1_000).Length, 900, 1_500);
    }

    [Fact]
    public void A_vector_has_as_many_items_as_the_processor_gives_it() =>
        Assert.Equal($"[{string.Join(',', Enumerable.Repeat("1", Vector<int>.Count))}]", Snapshots.Of(Vector<int>.One));

    private static XmlDocument Document(string xml)
    {
        var document = new XmlDocument();
        document.LoadXml(xml);
        return document;
    }

    private static DefaultHttpContext Context() => new DefaultHttpContext
    {
        Request = { Method = "GET", Scheme = "https", Host = new("example.com"), Path = "/orders/1", QueryString = new("?full=true") },
    };
}
