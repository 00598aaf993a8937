using System.Text.Json;

namespace Openlayer.Interception.Capture;

/// <summary>Writes captured values as JSON.</summary>
internal static class CapturedValueWriter
{
    public static void Write(Utf8JsonWriter writer, object? captured)
    {
        switch (captured)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case bool truth:
                writer.WriteBooleanValue(truth);
                break;
            case int number:
                writer.WriteNumberValue(number);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                writer.WriteNumberValue(number);
                break;
            case decimal number:
                writer.WriteNumberValue(number);
                break;
            case CapturedJson json:
                writer.WriteRawValue(json.Utf8.Span, skipInputValidation: true);
                break;
            default:
                JsonSerializer.Serialize(writer, captured, captured.GetType());
                break;
        }
    }
}
