using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Openlayer.Interception.Capture;

/// <summary>
/// Writes captured values as JSON. Enums as their names (flags as <c>"A, B"</c>, values without a name as numbers), dates and times in
/// ISO 8601, <see cref="TimeSpan"/> in its constant format, NaN and the infinities as strings, addresses without user info, every other
/// number as a number. <see cref="CapturedJson"/> is copied as it is.
/// </summary>
internal static class CapturedValueWriter
{
    /// <summary>The options of every writer in the library: snapshots are copied into rows unchanged.</summary>
    public static readonly JsonWriterOptions JsonOptions = new()
    {
        // A JSON parser reads it, never a browser: non-ASCII letters need no escaping and take a third of the space.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,

        // Steps nest as deep as calls do.
        MaxDepth = int.MaxValue,
        SkipValidation = true,
    };

    /// <summary>The JSON that a function writes.</summary>
    public static ReadOnlyMemory<byte> Json(Action<Utf8JsonWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, JsonOptions))
        {
            write(writer);
        }

        return output.WrittenMemory;
    }

    /// <summary>Writes one captured value.</summary>
    /// <param name="writer">The writer. Its maximum depth does not apply to the content of <see cref="CapturedJson"/>.</param>
    /// <param name="captured">A value returned by <see cref="ValueCapture"/>.</param>
    public static void WriteCapturedValue(this Utf8JsonWriter writer, object? captured)
    {
        switch (captured)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case CapturedText text:
                writer.WriteStringValue(text.Value);
                break;
            case CapturedJson json:
                writer.WriteRawValue(json.Utf8.Span, skipInputValidation: true);
                break;
            default:
                if (!ImmutableScalar.TryWrite(writer, captured))
                {
                    throw new ArgumentException($"A {captured.GetType()} is not a captured value.", nameof(captured));
                }

                break;
        }
    }
}
