using System.Text;
using System.Text.Json;
using CsCheck;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Capture.Redaction;

namespace Openlayer.Interception.Tests.Capture;

public sealed class CapturePropertyTests
{
    // Among so many random texts, some look like a secret: "&pw=G".
    private static readonly TextRedactor Redactor = new(new(new CaptureOptions()), new RedactedNames([]), suppressor: null, log: null);

    private static readonly Gen<string> Text = Gen.Frequency(
        (4, Gen.Char.AlphaNumeric.Array[0, 12].Select(static characters => new string(characters))),
        (2, Gen.String[0, 40]),
        (1, Gen.Char.Array[0, 200].Select(static characters => new string(characters))))
        .Where(static text => Redactor.Redact(text) is null);

    private static readonly Gen<object?> Leaf = Gen.OneOf<object?>(
        Gen.Const((object?)null),
        Gen.Bool.Select(static value => (object?)value),
        Gen.Int.Select(static value => (object?)value),
        Gen.Long.Select(static value => (object?)value),
        Gen.Double[-1e9, 1e9].Select(static value => (object?)value),
        Gen.Decimal.Select(static value => (object?)value),
        Gen.DateTime.Select(static value => (object?)value),
        Gen.DateTimeOffset.Select(static value => (object?)value),
        Gen.Guid.Select(static value => (object?)value),
        Text.Select(static value => (object?)value));

    private static readonly Gen<object?> Graph = Gen.Recursive<object?>(static (depth, inner) => depth > 6
        ? Leaf
        : Gen.Frequency(
            (3, Leaf),
            (1, inner.List[0, 6].Select(static items => (object?)items)),
            (1, inner.Array[0, 6].Select(static items => (object?)items)),
            (1, Gen.Select(Text, inner).List[0, 6].Select(static entries => (object?)Dictionary(entries))),
            (1, Gen.Select(inner, inner).Select(static (left, right) => (object?)new Node { Left = left, Right = right }))));

    [Fact]
    public void Within_the_limits_a_snapshot_equals_the_output_of_JsonSerializer() =>
        Graph.Sample(static graph => Snapshots.AssertSame(JsonSerializer.Serialize(graph), Snapshots.Of(graph, NoNames)), iter: 2_000);

    // They are not searched.
    [Fact]
    public void A_short_text_of_letters_digits_and_signs_within_words_has_no_secret() =>
        Gen.String[Gen.Char["0123456789abcdeikopstwxABDEIKOPSTWX-._"], 0, 14].Sample(static text => Assert.Null(Redactor.Redact(text)), iter: 200_000);

    [Fact]
    public void Json_captured_again_is_the_same() =>
        Graph.Sample(
            static graph =>
            {
                var json = JsonSerializer.SerializeToElement(graph);
                Snapshots.AssertSame(json.GetRawText(), Snapshots.Of(json, NoNames));
            },
            iter: 1_000);

    [Fact]
    public void With_any_limits_the_json_is_valid_and_within_them() =>
        Gen.Select(Graph, Gen.Int[1, 5], Gen.Int[0, 5], Gen.Int[0, 100], Gen.Int[1024, 1500]).Sample(
            static (graph, depth, items, length, bytes) =>
            {
                // Several at once, so that the room often ends.
                var json = Snapshots.Of(new[] { graph, graph, JsonSerializer.SerializeToElement(graph), graph, new string('€', 2_000), graph }, options =>
                {
                    options.MaxDepth = depth;
                    options.MaxItems = items;
                    options.MaxStringLength = length;
                    options.MaxBytes = bytes;
                });
                Assert.InRange(Encoding.UTF8.GetByteCount(json), 1, bytes);
                using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = depth });
                Assert.Equal(JsonValueKind.Array, document.RootElement.ValueKind);
                AssertWithin(document.RootElement, items, length);
            },
            iter: 5_000);

    [Fact]
    public void The_json_is_valid_wherever_the_room_ends() =>
        Gen.Select(Text.Array[1, 60], Gen.Int[1024, 1100]).Sample(
            static (texts, bytes) =>
            {
                object? nested = texts;
                foreach (var text in texts.Take(30))
                {
                    nested = new Dictionary<string, object?> { ["a" + text] = text, ["b"] = nested, ["c"] = new[] { nested, text } };
                }

                var json = Snapshots.Of(nested, options =>
                {
                    options.MaxDepth = 1_000;
                    options.MaxBytes = bytes;
                });
                Assert.InRange(Encoding.UTF8.GetByteCount(json), 1, bytes);
                using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 1_000 });
                Assert.Equal(JsonValueKind.Object, document.RootElement.ValueKind);
            },
            iter: 2_000);

    private static void NoNames(CaptureOptions options)
    {
        options.RedactedNames.Clear();
        options.MaxDepth = 100;
    }

    private static void AssertWithin(JsonElement element, int items, int length)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                // One more entry for the mark; the two properties of a class are no entries.
                Assert.InRange(element.EnumerateObject().Count(), 0, Math.Max(items, 2) + 1);
                Assert.All(element.EnumerateObject(), property => AssertWithin(property.Value, items, length));
                break;
            case JsonValueKind.Array:
                Assert.InRange(element.GetArrayLength(), 0, items + 1);
                Assert.All(element.EnumerateArray(), item => AssertWithin(item, items, length));
                break;
            case JsonValueKind.String when !element.GetString()!.StartsWith('['):
                Assert.InRange(element.GetString()!.Length, 0, Math.Max(length, 36) + Placeholders.MoreCharacters(int.MaxValue).Length);
                break;
            default:
                break;
        }
    }

    private static Dictionary<string, object?> Dictionary(IEnumerable<(string Name, object? Value)> entries)
    {
        var dictionary = new Dictionary<string, object?>();
        foreach (var (name, value) in entries)
        {
            // Halves of characters are replaced in JSON: two names could become one.
            dictionary[new string([.. name.Where(static character => !char.IsSurrogate(character))])] = value;
        }

        return dictionary;
    }

    private sealed class Node
    {
        public object? Left { get; set; }

        public object? Right { get; set; }
    }
}
