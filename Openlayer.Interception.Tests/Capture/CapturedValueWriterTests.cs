using System.Numerics;
using System.Text;
using System.Text.Json;
using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Tests.Capture;

public sealed class CapturedValueWriterTests
{
    public static TheoryData<object?, string> Forms() => new()
    {
        { null, "null" },
        { "a\"é", """
            "a\"é"
            """ },
        { true, "true" },
        { 'c', "\"c\"" },
        { '\ud800', "\"\\uFFFD\"" },
        { (byte)1, "1" },
        { (sbyte)-1, "-1" },
        { (short)-2, "-2" },
        { (ushort)2, "2" },
        { 3, "3" },
        { 4u, "4" },
        { long.MinValue, "-9223372036854775808" },
        { ulong.MaxValue, "18446744073709551615" },
        { (nint)5, "5" },
        { (nuint)6, "6" },
        { 0.1f, "0.1" },
        { 0.1, "0.1" },
        { 1.10m, "1.10" },
        { (Half)0.1, "0.1" },
        { double.NaN, "\"NaN\"" },
        { float.PositiveInfinity, "\"Infinity\"" },
        { Half.NegativeInfinity, "\"-Infinity\"" },
        { Int128.MaxValue, "170141183460469231731687303715884105727" },
        { UInt128.MaxValue, "340282366920938463463374607431768211455" },
        { BigInteger.Pow(10, 30), "1000000000000000000000000000000" },
        { DayOfWeek.Friday, "\"Friday\"" },
        { FileAttributes.Hidden | FileAttributes.System, "\"Hidden, System\"" },
        { (DayOfWeek)42, "42" },
        { (DayOfWeek)(-1), "-1" },
        { Guid.Empty, "\"00000000-0000-0000-0000-000000000000\"" },
        { new DateTime(2024, 2, 29, 1, 2, 3, DateTimeKind.Utc), "\"2024-02-29T01:02:03Z\"" },
        { new DateTimeOffset(2024, 2, 29, 1, 2, 3, 4, TimeSpan.FromHours(2)), "\"2024-02-29T01:02:03.004+02:00\"" },
        { new DateOnly(2024, 2, 29), "\"2024-02-29\"" },
        { new TimeOnly(1, 2, 3), "\"01:02:03\"" },
        { TimeSpan.FromMilliseconds(1500), "\"00:00:01.5000000\"" },
        { new Uri("https://me:pw@example.com/a?b#c"), "\"https://example.com/a?b#c\"" },
        { new Uri("relative/x", UriKind.Relative), "\"relative/x\"" },
        { new Version(1, 2, 3), "\"1.2.3\"" },
        { new Rune('r'), "\"r\"" },
        { new CapturedJson("""{"a":[1]}"""u8.ToArray()), """{"a":[1]}""" },
    };

    [Theory]
    [MemberData(nameof(Forms), DisableDiscoveryEnumeration = true)]
    public void Each_captured_value_has_its_json_form(object? captured, string json)
    {
        Assert.Equal(json, Snapshots.Written(captured));
        if (captured is not (null or string or CapturedJson))
        {
            Assert.InRange(Encoding.UTF8.GetByteCount(json), 1, ImmutableScalar.MaxLength(captured));
        }
    }

    [Fact]
    public void Captured_json_is_copied_at_any_depth()
    {
        var json = new string('[', 2_000) + new string(']', 2_000);
        Assert.Equal(json, Snapshots.Written(new CapturedJson(Encoding.UTF8.GetBytes(json))));
    }

    [Fact]
    public void A_scalar_has_the_same_json_alone_and_inside_an_object() =>
        Assert.All(Forms().Where(static row => row.Data.Item1 is not CapturedJson), static row =>
            Assert.Equal($"[{row.Data.Item2}]", Snapshots.Of(new[] { row.Data.Item1 })));

    [Fact]
    public void Many_threads_can_read_a_snapshot_concurrently()
    {
        for (var round = 0; round < 200; round++)
        {
            var json = new CapturedJson("""{"a":1}"""u8.ToArray());
            Parallel.For(0, 4, _ => Assert.Equal(1, json.Element.GetProperty("a").GetInt32()));
        }
    }

    [Fact]
    public void A_value_that_is_not_captured_is_rejected()
    {
        using var writer = new Utf8JsonWriter(Stream.Null);
        Assert.Throws<ArgumentException>(() => writer.WriteCapturedValue(new object()));
    }
}
