using System.Text.Json;
using Openlayer.Interception.Capture.Attachments;
using Openlayer.Interception.ModelClients;
using Openlayer.Interception.ModelClients.Shapes;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Tests.ModelClients;

public sealed class ResponseReaderTests
{
    private static readonly ModelOperation Operation = new()
    {
        Response = new("Value"),
        ResponseMessages = new("choices"),
        MessagesAreChoices = true,
        ChoiceIndex = new("index"),
        Content = [new("text")],
        ServedModel = new("model"),
        Usage = new("usage"),
        PromptTokens = new("in"),
        CompletionTokens = new("out"),
        Tokens = new("all"),
        Metadata = [("finishReason", new("reason")), ("score", new("score"))],
    };

    private static readonly CaptureSettings Limits = new(new CaptureOptions());

    [Fact]
    public void A_response_without_anything_known_has_no_data_and_no_output()
    {
        var response = Read(Operation, """{"other":1}""");

        Assert.False(response.HasData);
        AssertRaw("""{"output":null}""", response);
    }

    [Fact]
    public void Items_are_put_together_by_choice()
    {
        var response = Read(
            Operation,
            """{"choices":[{"index":1,"text":"Ro"},{"index":0,"text":"Pa"}]}""",
            """{"choices":[{"index":0,"text":"ris"},{"index":1,"text":"me"}],"reason":"stop"}""");

        Assert.True(response.HasContent);
        AssertRaw("""{"finishReason":"stop","output":["Paris","Rome"]}""", response);
    }

    [Theory]
    [InlineData(false, """{"promptTokens":5,"completionTokens":4,"tokens":9}""")]
    [InlineData(true, """{"promptTokens":10,"completionTokens":6,"tokens":16}""")]
    public void Token_counts_of_items_add_up_where_the_operation_says_so_else_the_last_counts(bool accumulates, string expected) => AssertRaw(
        $$"""{"output":null,"usage":{{expected}}}""",
        Read(Operation with { UsageAccumulates = accumulates }, """{"usage":{"in":5,"out":2}}""", """{"usage":{"in":5,"out":4}}"""));

    [Theory]
    [InlineData("""{"usage":{"in":5,"out":2,"all":8}}""", """{"promptTokens":5,"completionTokens":2,"tokens":8}""")]
    [InlineData("""{"usage":{"in":5}}""", """{"promptTokens":5,"completionTokens":null,"tokens":null}""")]
    [InlineData("""{"usage":{"in":"5","all":7.5}}""", null)]
    public void Only_counts_that_are_reported_as_integers_count(string item, string? expected) => AssertRaw(
        expected is null ? """{"output":null}""" : $$"""{"output":null,"usage":{{expected}}}""",
        Read(Operation, item));

    [Fact]
    public void A_response_for_the_next_enumeration_starts_empty()
    {
        var response = Read(Operation, """{"choices":[{"text":"Paris"}]}""");

        Assert.False(response.ForNextEnumeration().HasData);
        Assert.True(response.HasData);
    }

    private static ResponseReader Read(ModelOperation operation, params string[] items)
    {
        var response = new ResponseReader(
            operation, new MessageReader(operation), ResponseShape.CacheOf(operation), isFormatted: false, Limits, new AttachmentStore(Limits.Attachments, log: null));
        foreach (var item in items)
        {
            response.Add(JsonElement.Parse(item));
        }

        return response;
    }

    private static void AssertRaw(string expected, ResponseReader response) =>
        Assert.Equal(expected, JsonSerializer.Serialize(response.ToRawOutput()));
}
