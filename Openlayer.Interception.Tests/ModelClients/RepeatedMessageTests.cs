using System.Text.Json;
using Microsoft.Extensions.AI;
using Openlayer.Interception.Capture;
using Openlayer.Interception.ModelClients;
using Openlayer.Interception.ModelClients.Clients;
using Openlayer.Interception.Tests.Capture;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>A conversation that is sent at each turn is recorded once: its earlier messages are the same objects, and their JSON is written once.</summary>
public sealed class RepeatedMessageTests
{
    private static readonly MessageReader Reader = new(ExtensionsAI.Chat);

    private readonly List<ChatMessage> _conversation =
        [.. Enumerable.Range(0, 20).Select(static number => new ChatMessage(number % 2 == 0 ? ChatRole.User : ChatRole.Assistant, $"Message {number}. password=hunter2{number}") { AuthorName = "ada" })];

    [Fact]
    public void A_message_that_is_sent_again_is_the_same_recorded_object()
    {
        var first = Prompt();
        _conversation.Add(new(ChatRole.User, "new"));

        Assert.Equal(first, Prompt().Take(20));
    }

    public static TheoryData<string, Action<ChatMessage>> Changes => new()
    {
        { "the role", static message => message.Role = ChatRole.Tool },
        { "the name", static message => message.AuthorName = "grace" },
        { "a text", static message => ((TextContent)message.Contents[0]).Text = "changed" },
        { "the contents", static message => message.Contents = [new TextContent("changed")] },
        { "a part more", static message => message.Contents.Add(new TextContent("more")) },
        { "no part", static message => message.Contents.Clear() },
    };

    [Theory]
    [MemberData(nameof(Changes), DisableDiscoveryEnumeration = true)]
    public void A_message_that_was_changed_is_recorded_as_it_is_now(string what, Action<ChatMessage> change)
    {
        var before = Json();
        change(_conversation[7]);
        var after = Json();

        Assert.True(before != after, what);
        Assert.Equal(JsonSerializer.Serialize(Array(before).Where(static (_, index) => index != 7)), JsonSerializer.Serialize(Array(after).Where(static (_, index) => index != 7)));
        Assert.Equal(Fresh(), after);
    }

    [Fact]
    public void A_repeated_message_has_the_JSON_of_a_new_one_redacted_and_within_the_limits()
    {
        var expected = Fresh();
        Assert.DoesNotContain("hunter2", expected, StringComparison.Ordinal);

        Assert.Equal(expected, Json());
        Assert.Equal(expected, Json());
    }

    [Fact]
    public void Each_tracers_limits_and_names_hold()
    {
        Json();

        Assert.Contains("\"content\":\"[redacted]\"", Snapshots.Of(Prompt(), static options => options.RedactedNames.Add("content")), StringComparison.Ordinal);
        Assert.Contains("\"Messag… [+", Snapshots.Of(Prompt(), static options => options.MaxStringLength = 6), StringComparison.Ordinal);
        Assert.EndsWith("\"[size limit]\"]", Snapshots.Of(Prompt(), static options => options.MaxBytes = 1_024), StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_that_stands_in_a_conversation_twice_is_written_twice()
    {
        _conversation.Add(_conversation[0]);

        Assert.Equal(Array(Json())[0].GetRawText(), Array(Json())[20].GetRawText());
    }

    [Theory]
    [InlineData("role")]
    [InlineData("content")]
    [InlineData("tool_call_id")]
    public void Messages_with_a_redacted_name_are_read_from_their_JSON_only(string name)
    {
        Assert.NotNull(Texts(static _ => { }));
        Assert.Null(Texts(options => options.RedactedNames.Add(name)));

        List<object?>? Texts(Action<CaptureOptions> configure)
        {
            var options = new CaptureOptions();
            configure(options);
            var capture = new ValueCapture(new(options), suppressor: null);
            capture.Capture(Prompt());
            return capture.TextMessages((CapturedJson)capture.Capture(Prompt())!);
        }
    }

    private static JsonElement[] Array(string json) => [.. JsonDocument.Parse(json).RootElement.EnumerateArray()];

    // One capture, so that the JSON of the messages is kept.
    private string Json() => Snapshots.Of(Prompt());

    // Of messages that have not been seen before.
    private string Fresh() => Snapshots.Of(Reader.Prompt(
        _conversation.ConvertAll(static message => new ChatMessage(message.Role, [.. message.Contents]) { AuthorName = message.AuthorName }),
        instructions: null,
        maxItems: 1_000));

    private List<object?> Prompt() => Reader.Prompt(_conversation, instructions: null, maxItems: 1_000)!;
}
