using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Publishing.Rows;

namespace Openlayer.Interception.Tests.Publishing.Rows;

public sealed class JsonBufferPropertyTests
{
    [Fact]
    public void Texts_are_written_as_by_the_JSON_writer() => Gen.String[Gen.Char, 0, 80].Sample(static text =>
        Assert.Equal(ByWriter(writer => writer.WriteStringValue(text)), Written(json => json.AppendText(text))));

    [Fact]
    public void Texts_that_need_no_escaping_are_written_as_by_the_JSON_writer() => Gen.String[Gen.Char[' ', '~'], 0, 80].Sample(static text =>
        Assert.Equal(ByWriter(writer => writer.WriteStringValue(text)), Written(json => json.AppendText(text))));

    [Fact]
    public void Numbers_are_written_as_by_the_JSON_writer()
    {
        Gen.Double.Where(double.IsFinite).Sample(static number =>
            Assert.Equal(ByWriter(writer => writer.WriteNumberValue(number)), Written(json => json.AppendNumber(number))));
        Gen.Long.Sample(static number =>
            Assert.Equal(ByWriter(writer => writer.WriteNumberValue(number)), Written(json => json.AppendNumber(number))));
    }

    [Fact]
    public void Fractions_are_exact()
    {
        Gen.Long.Sample(static ticks => Assert.Equal(
            ((decimal)ticks / TimeSpan.TicksPerSecond).ToString("0.#######", CultureInfo.InvariantCulture),
            Written(json => json.AppendSeconds(ticks))));
        Gen.Long.Sample(static ticks => Assert.Equal(
            ((decimal)ticks / TimeSpan.TicksPerMillisecond).ToString("0.####", CultureInfo.InvariantCulture),
            Written(json => json.AppendMilliseconds(ticks))));
    }

    private static string Written(Action<JsonBuffer> write)
    {
        var json = new JsonBuffer();
        write(json);
        return Encoding.UTF8.GetString(json.Written);
    }

    private static string ByWriter(Action<Utf8JsonWriter> write) => Encoding.UTF8.GetString(CapturedValueWriter.Json(write).Span);
}
