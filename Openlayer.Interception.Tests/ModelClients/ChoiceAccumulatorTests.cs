using System.Text.Json;
using Openlayer.Interception.Capture.Attachments;
using Openlayer.Interception.ModelClients;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Tests.ModelClients;

public sealed class ChoiceAccumulatorTests
{
    private static readonly CaptureSettings Limits = new(new CaptureOptions());

    private readonly ChoiceAccumulator _choice = new(Limits, new AttachmentStore(Limits.Attachments, log: null));

    [Fact]
    public void Nothing_received_is_no_output() => Assert.Null(_choice.ToOutput(isFormatted: false));

    [Fact]
    public void Text_is_joined_and_reasoning_is_left_out()
    {
        Assert.False(Add(ContentKind.Text, ("text", "")));
        Assert.True(Add(ContentKind.Reasoning, ("text", "Hm.")));
        Assert.True(Add(ContentKind.Text, ("text", "The ")));
        Assert.True(Add(ContentKind.Text, ("text", "capital")));

        Assert.Equal("The capital", _choice.ToOutput(isFormatted: false));
    }

    [Theory]
    [InlineData("""{"city":"Paris"}""", true, """{"city":"Paris"}""")]
    [InlineData("""[1,2]""", true, """[1,2]""")]
    [InlineData("""{"city":""", true, "\"{\\u0022city\\u0022:\"")]
    [InlineData("Paris", true, "\"Paris\"")]
    [InlineData("{}", false, "\"{}\"")]
    public void Text_is_JSON_only_where_a_format_was_asked_for_and_it_is_complete(string text, bool isFormatted, string expected)
    {
        Add(ContentKind.Text, ("text", text));

        Assert.Equal(expected, JsonSerializer.Serialize(_choice.ToOutput(isFormatted)));
    }

    [Fact]
    public void Fragments_of_tool_calls_are_joined_by_index_else_to_the_last_one()
    {
        Add(ContentKind.ToolCallFragment, 0L, ("id", "a"), ("name", "look_up"), ("arguments", "{\"city\":"));
        Add(ContentKind.ToolCallFragment, 1L, ("id", "b"), ("name", "warn"), ("arguments", ""));
        Add(ContentKind.ToolCallFragment, 0L, ("id", null), ("name", ""), ("arguments", "\"Paris\"}"));
        Add(ContentKind.ToolCallFragment, null, ("arguments", "{}"));

        AssertOutput("""[{"id":"a","name":"look_up","arguments":{"city":"Paris"}},{"id":"b","name":"warn","arguments":{}}]""");
    }

    [Fact]
    public void A_tool_call_whose_arguments_break_off_keeps_them_as_text()
    {
        Add(ContentKind.ToolCallFragment, 0L, ("name", "look_up"), ("arguments", "{\"city\":"));

        AssertOutput("""{"name":"look_up","arguments":"{\u0022city\u0022:"}""");
    }

    [Fact]
    public void A_complete_tool_call_replaces_the_fragments_received_before()
    {
        Add(ContentKind.ToolCallFragment, 0L, ("name", "look_up"), ("arguments", "{\"ci"));
        Add(ContentKind.ToolCall, 0L, ("name", "look_up"), ("arguments", new { city = "Paris" }));

        AssertOutput("""{"name":"look_up","arguments":{"city":"Paris"}}""");
    }

    [Fact]
    public void A_tool_call_that_a_layer_has_answered_is_not_the_output()
    {
        Add(ContentKind.ToolCall, null, ("id", "a"), ("name", "look_up"));
        Assert.False(Add(ContentKind.ToolResult, ("id", "a"), ("result", "sunny")));
        Add(ContentKind.Text, ("text", "It is sunny."));

        Assert.Equal("It is sunny.", _choice.ToOutput(isFormatted: false));
    }

    [Fact]
    public void Text_tool_calls_refusal_and_errors_are_an_object()
    {
        Add(ContentKind.Text, ("text", "Let me look."));
        Add(ContentKind.ToolCall, null, ("name", "look_up"));
        Add(ContentKind.Refusal, ("refusal", "I will not."));
        Add(ContentKind.Error, ("message", "refused"));

        AssertOutput(
            """{"toolCalls":[{"name":"look_up"}],"refusal":"I will not.","errors":[{"message":"refused"}],"content":"Let me look."}""");
    }

    private void AssertOutput(string expected) => Assert.Equal(expected, JsonSerializer.Serialize(_choice.ToOutput(isFormatted: false)));

    private bool Add(ContentKind kind, params (string Name, object? Value)[] fields) => Add(kind, null, fields);

    private bool Add(ContentKind kind, object? index, params (string Name, object? Value)[] fields) =>
        _choice.Add(
            ContentPart.HasSingleValue(kind)
                ? new(kind, fields[0].Value, null)
                : new(kind, null, fields.ToDictionary(static field => field.Name, static field => field.Value)),
            new(index));
}
