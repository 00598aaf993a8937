using System.Text.Json;
using System.Text.Json.Nodes;

namespace Openlayer.Interception.Tests.Guardrails;

/// <summary>
/// A recorded request of the Python SDK for a guarded function, without its ids and times, and the edits of a test that say in what the
/// library's request differs.
/// </summary>
internal sealed class RecordedRow
{
    private static readonly string[] Volatile = ["inferenceTimestamp", "inferenceId", "latency", "id", "startTime", "endTime"];

    private readonly JsonNode _body;

    public RecordedRow(string name)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Guardrails", "Recordings", $"guardrail-{name}.json");
        _body = Stable(JsonNode.Parse(File.ReadAllText(path))!["requests"]![0]!["body"]!);
    }

    private JsonNode Row => _body["rows"]![0]!;

    private JsonNode Step => Row["steps"]![0]!;

    public RecordedRow Output(string? output)
    {
        Row["output"] = output;
        Step["output"] = output;
        return this;
    }

    /// <summary>Sets an input, in the step and in its column.</summary>
    public RecordedRow Input(string name, string value)
    {
        Step["inputs"]![name] = value;
        Row[name] = value;
        return this;
    }

    /// <summary>Sets metadata of the step, which is a column too.</summary>
    public RecordedRow Metadata(string name, object? value)
    {
        Step["metadata"]![name] = Node(value);
        Row[name] = Node(value);
        return this;
    }

    /// <summary>Sets what is recorded for one check in the step's metadata. Null removes it.</summary>
    public RecordedRow Entry(string key, object? value)
    {
        foreach (var owner in new[] { Row, Step["metadata"]! })
        {
            owner["guardrails"]!.AsObject().Remove(key);
            if (value is not null)
            {
                owner["guardrails"]![key] = Node(value);
            }
        }

        return this;
    }

    /// <summary>Sets a value in the step of a check.</summary>
    public RecordedRow Check(int index, string name, object? value)
    {
        Step["steps"]![index]![name] = Node(value);
        return this;
    }

    public RecordedRow OriginalData(int index, object? value) => Check(index, "inputs", new { original_data = value });

    /// <summary>Removes the check of the output: the library does not run it, because the input is blocked.</summary>
    public RecordedRow WithoutOutputCheck()
    {
        Step["steps"]!.AsArray().RemoveAt(1);
        return Entry("output_pii_guard", null).Metadata("guardrail_actions", new[] { "block" }).Metadata("guardrail_names", new[] { "pii_guard" })
            .Metadata("guardrail_allowed", false);
    }

    public void AssertEqual(JsonElement body) => Assert.Equal(Sorted(_body), Sorted(Stable(JsonNode.Parse(body.GetRawText())!)));

    private static JsonNode? Node(object? value) => JsonSerializer.SerializeToNode(value);

    private static JsonNode Stable(JsonNode node)
    {
        switch (node)
        {
            case JsonObject owner:
                foreach (var name in Volatile)
                {
                    owner.Remove(name);
                }

                foreach (var (_, value) in owner.Where(static entry => entry.Value is not null).ToArray())
                {
                    Stable(value!);
                }

                break;
            case JsonArray items:
                foreach (var item in items.OfType<JsonNode>())
                {
                    Stable(item);
                }

                break;
        }

        return node;
    }

    // One line for each value, with its path, so that a difference is one line.
    private static string Sorted(JsonNode body)
    {
        var lines = new List<string>();
        Add("", body);
        lines.Sort(StringComparer.Ordinal);
        return string.Join('\n', lines);

        void Add(string path, JsonNode? node)
        {
            switch (node)
            {
                case JsonObject { Count: > 0 } owner:
                    foreach (var (name, value) in owner)
                    {
                        Add($"{path}.{name}", value);
                    }

                    break;
                case JsonArray { Count: > 0 } items:
                    for (var index = 0; index < items.Count; index++)
                    {
                        Add($"{path}[{index}]", items[index]);
                    }

                    break;
                default:
                    lines.Add($"{path} = {node?.ToJsonString() ?? "null"}");
                    break;
            }
        }
    }
}
