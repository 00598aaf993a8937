using System.Text;
using System.Text.Json;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Publishing.Rows;

namespace Openlayer.Interception.Tests.Publishing.Rows;

public sealed class JsonBufferTests
{
    [Theory]
    [InlineData(0.0, "0")]
    [InlineData(-0.0, "-0")]
    [InlineData(3.0, "3")]
    [InlineData(2147483647.0, "2147483647")]
    [InlineData(2147483648.0, "2147483648")]
    [InlineData(0.1, "0.1")]
    [InlineData(double.NaN, "null")]
    [InlineData(double.PositiveInfinity, "null")]
    [InlineData(null, "null")]
    public void Numbers_that_JSON_cannot_express_are_null(double? number, string expected) => Assert.Equal(expected, Written(json => json.AppendNumber(number)));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "0.0000001")]
    [InlineData(10_000_000, "1")]
    [InlineData(-15_000_000, "-1.5")]
    [InlineData(17_326_460_001_234_567, "1732646000.1234567")]
    [InlineData(long.MinValue, "-922337203685.4775808")]
    public void Fractions_have_no_zeros_at_their_end(long ticks, string expected) =>
        Assert.Equal(expected, Written(json => json.AppendSeconds(ticks)));

    [Fact]
    public void Times_of_the_same_second_and_of_others_follow_each_other()
    {
        Assert.Equal("1.1,1.2,2,1,0", Written(static json =>
        {
            json.AppendSeconds(11_000_000);
            json.Append(","u8);
            json.AppendSeconds(12_000_000);
            json.Append(","u8);
            json.AppendSeconds(20_000_000);
            json.Append(","u8);
            json.AppendSeconds(10_000_000);
            json.Append(","u8);
            json.AppendSeconds(0);
        }));
    }

    [Fact]
    public void Captured_values_are_written_as_by_the_JSON_writer()
    {
        object?[] values =
        [
            null, "text", "täxt \"", 1, 2L, true, false, 1.5, 2.5m, (byte)3, 'c', DayOfWeek.Monday, new DateTime(2024, 1, 2, 3, 4, 5, DateTimeKind.Utc), Guid.Empty,
            new CapturedJson("{\"a\":[1]}"u8.ToArray()), new CapturedText("long", static text => text + "er"), new Uri("https://host/path"),
        ];
        Assert.All(values, static value => Assert.Equal(ByWriter(writer => writer.WriteCapturedValue(value)), Written(json => json.AppendCaptured(value))));
    }

    [Fact]
    public void A_value_that_cannot_be_written_leaves_nothing_for_the_next_row()
    {
        var json = new JsonBuffer();
        Assert.Throws<ArgumentException>(() => json.AppendCaptured(new object()));
        json.Clear();
        json.AppendCaptured(1.5);
        Assert.Equal("1.5", Encoding.UTF8.GetString(json.Written));
    }

    [Fact]
    public void A_buffer_grows_and_is_used_again()
    {
        var json = new JsonBuffer();
        var text = new string('x', 100_000);
        json.AppendText(text);
        json.Append(","u8);
        json.AppendText(text);
        Assert.Equal($"\"{text}\",\"{text}\"", Encoding.UTF8.GetString(json.Written));
        json.Clear();
        json.AppendText("next");
        Assert.Equal("\"next\"", Encoding.UTF8.GetString(json.Written));
    }

    private static string Written(Action<JsonBuffer> write)
    {
        var json = new JsonBuffer();
        write(json);
        return Encoding.UTF8.GetString(json.Written);
    }

    private static string ByWriter(Action<Utf8JsonWriter> write) => Encoding.UTF8.GetString(CapturedValueWriter.Json(write).Span);
}
