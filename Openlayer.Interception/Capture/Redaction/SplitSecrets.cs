using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Openlayer.Interception.Capture.Redaction;

/// <summary>
/// Masks secrets that are split over the items of a stream: the texts at the same place of the items, such as <c>delta.content</c>, are read as
/// one. Secrets within one text are masked already.
/// </summary>
internal static class SplitSecrets
{
    /// <summary>The items without such secrets.</summary>
    /// <param name="items">A JSON array.</param>
    /// <param name="redactor">Finds the secrets.</param>
    public static byte[] Redact(byte[] items, TextRedactor redactor)
    {
        using var document = JsonDocument.Parse(items, new JsonDocumentOptions { MaxDepth = int.MaxValue });
        var texts = new Dictionary<string, Place>(StringComparer.Ordinal);
        var count = 0;
        foreach (var item in document.RootElement.EnumerateArray())
        {
            Collect(item, "", texts, ref count);
        }

        var changed = new Dictionary<int, string>();
        foreach (var place in texts.Values)
        {
            if (place.Parts.Count > 1 && redactor.Find(place.Joined.ToString()) is { } secrets)
            {
                place.Mask(secrets, changed);
            }
        }

        return changed.Count == 0 ? items : Written(document.RootElement, changed);
    }

    private static void Collect(JsonElement element, string path, Dictionary<string, Place> texts, ref int count)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    if (property.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.String)
                    {
                        Collect(property.Value, $"{path}.{property.Name}", texts, ref count);
                    }
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    Collect(item, path, texts, ref count);
                }

                break;
            case JsonValueKind.String:
                if (!texts.TryGetValue(path, out var place))
                {
                    texts[path] = place = new Place();
                }

                place.Parts.Add((count++, place.Joined.Length));
                place.Joined.Append(element.GetString());
                break;
        }
    }

    private static byte[] Written(JsonElement items, Dictionary<int, string> changed)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, CapturedValueWriter.JsonOptions))
        {
            var count = 0;
            Write(writer, items, changed, ref count);
        }

        return json.WrittenSpan.ToArray();
    }

    // Numbers the texts as Collect does.
    private static void Write(Utf8JsonWriter writer, JsonElement element, Dictionary<int, string> changed, ref int count)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var property in element.EnumerateObject())
                {
                    writer.WritePropertyName(property.Name);
                    Write(writer, property.Value, changed, ref count);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                {
                    Write(writer, item, changed, ref count);
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteStringValue(changed.GetValueOrDefault(count) ?? element.GetString());
                count++;
                break;
            default:
                writer.WriteRawValue(element.GetRawText(), skipInputValidation: true);
                break;
        }
    }

    /// <summary>The texts at one place of the items.</summary>
    private sealed class Place
    {
        /// <summary>The number of each text, and where it starts in <see cref="Joined"/>.</summary>
        public List<(int Number, int Start)> Parts { get; } = [];

        public StringBuilder Joined { get; } = new();

        /// <summary>Masks the secrets that reach from one text into another. The first text has the placeholder.</summary>
        public void Mask(List<(int Start, int End, Quote? Quotes)> secrets, Dictionary<int, string> changed)
        {
            secrets.Sort(static (one, other) => one.Start.CompareTo(other.Start));
            var joined = Joined.ToString();
            var next = 0;
            for (var index = 0; index < Parts.Count; index++)
            {
                var (number, start) = Parts[index];
                var end = index + 1 < Parts.Count ? Parts[index + 1].Start : joined.Length;
                while (next < secrets.Count && secrets[next].End <= start)
                {
                    next++;
                }

                var text = new StringBuilder();
                var copied = start;
                for (var other = next; other < secrets.Count && secrets[other].Start < end; other++)
                {
                    var (from, to, _) = secrets[other];
                    if ((from >= start && to <= end) || to <= copied)
                    {
                        continue;
                    }

                    text.Append(joined, copied, Math.Max(copied, from) - copied).Append(from >= start ? ValueCapture.Redacted : "");
                    copied = Math.Min(end, to);
                }

                if (copied > start)
                {
                    changed[number] = text.Append(joined, copied, end - copied).ToString();
                }
            }
        }
    }
}
