using Openlayer.Interception.ModelClients;

namespace Openlayer.Interception.Tests.ModelClients;

public sealed class MessageReaderTests
{
    private static readonly ModelOperation Operation = new()
    {
        Role = new("Role"),
        RolesByTypeName = [("SystemMessage", "system")],
        MessageFields = [("name", new("Author"))],
        Content = [new("Content"), new("Calls")],
        Base64Media = new("Images"),
        WrappedValue = new("Wrapped"),
        ContentMappings =
        [
            new("Part", ContentKind.Text, ("text", new("Text"))) { When = new("Text") },
            new("Part", ContentKind.Media, ("uri", new("Uri"))) { When = new("Uri") },
            new("Call", ContentKind.ToolCall, ("name", new("Name")), ("arguments", new("Arguments"))),
            new("Result", ContentKind.ToolResult, ("id", new("Id")), ("result", new("Value"))),
            new("Thought", ContentKind.Reasoning, ("text", new("Text"))),
            new(nameof(Base64Media), ContentKind.Media, ("data", new("Data"))) { MediaKind = "image" },
        ],
    };

    private static readonly MessageReader Reader = new(Operation);

    [Fact]
    public void Text_is_a_users_message_after_the_system_instructions()
    {
        AssertJson("""[{"role":"user","content":"Hi."}]""", Reader.Prompt("Hi.", instructions: null, maxItems: 1_000));
        AssertJson(
            """[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi."}]""",
            Reader.Prompt("Hi.", "Be brief.", maxItems: 1_000));
    }

    [Fact]
    public void A_lazy_sequence_is_never_enumerated()
    {
        Assert.Null(Reader.Prompt(Throwing(), instructions: null, maxItems: 1_000));
        Assert.Null(Reader.Prompt(new[] { new Message("user", "Hi.") }.Select(static message => message), instructions: null, maxItems: 1_000));
        Assert.True(ContentSequence.IsLazy(Throwing()));
        Assert.False(ContentSequence.IsLazy("text"));
        Assert.False(ContentSequence.IsLazy(new[] { 1 }));

        static IEnumerable<Message> Throwing()
        {
            Assert.Fail("The sequence was enumerated.");
            yield break;
        }
    }

    [Fact]
    public void A_message_has_the_role_of_its_class_else_its_own_else_that_of_its_content()
    {
        AssertPrompt("""{"role":"system","content":"Hi."}""", new SystemMessage("Hi."));
        AssertPrompt("""{"role":"assistant","content":"Hi."}""", new Message("Assistant", "Hi."));
        AssertPrompt("""{"role":"assistant","content":[{"type":"tool_call","name":"look_up"}]}""", new Message(null, new Call("look_up", null)));
        AssertPrompt("""{"role":"assistant","content":[{"type":"reasoning","text":"Hm."}]}""", new Message(null, new Thought("Hm.")));
        AssertPrompt("""{"role":"tool","content":[{"type":"tool_result","id":"1","result":5}]}""", new Message(null, new Result("1", 5)));
        AssertPrompt("""{"role":"user","content":[]}""", new Message(null, null));
    }

    [Fact]
    public void Empty_text_beside_other_parts_is_left_out() => AssertPrompt(
        """{"role":"assistant","content":[{"type":"tool_call","name":"look_up","arguments":{"city":"Paris"}}]}""",
        new Message("assistant", "") { Calls = [new Call("look_up", """{"city":"Paris"}""")] });

    [Fact]
    public void A_part_is_read_from_what_it_wraps() => AssertPrompt(
        """{"role":"user","content":[{"type":"text","text":"Hi."},{"type":"text","text":"there"}]}""",
        new Message("user", new object[] { new Union(new Part("Hi.", null)), new Union("there") }));

    [Fact]
    public void A_part_of_a_class_derived_from_a_known_one_is_known() =>
        AssertPrompt("""{"role":"user","content":"Hi."}""", new Message("user", new OwnPart()));

    [Fact]
    public void A_part_of_an_unknown_class_has_only_the_classs_name() =>
        AssertPrompt("""{"role":"user","content":[{"type":"Version"}]}""", new Message("user", new Version(1, 0)));

    [Theory]
    [InlineData("data:image/png;base64,AAAA", "image", "image.png", "image/png", 3)]
    [InlineData("data:image/png;base64,AAA=", "image", "image.png", "image/png", 2)]
    [InlineData("data:image/png;base64,AA==", "image", "image.png", "image/png", 1)]
    [InlineData("DATA:image/png;BASE64,AA==", "image", "image.png", "image/png", 1)]
    [InlineData("data:audio/mpeg;base64,AAAA", "audio", "audio.mp3", "audio/mpeg", 3)]
    [InlineData("data:text/plain;charset=utf-8,four", "file", "file.txt", "text/plain", 4)]
    [InlineData("data:,", "file", "file", "application/octet-stream", 0)]
    public void A_data_URI_is_recorded_by_media_type_and_size(string uri, string kind, string name, string mediaType, int bytes) => AssertPrompt(
        $$$"""{"role":"user","content":[{"type":"{{{kind}}}","attachment":{"name":"{{{name}}}","mediaType":"{{{mediaType}}}","sizeBytes":{{{bytes}}}}}]}""",
        new Message("user", new Part(null, uri)));

    [Fact]
    public void Base64_beside_the_content_is_recorded_by_size() => AssertPrompt(
        """
        {"role":"user","content":[{"type":"text","text":"Hi."},
        {"type":"image","attachment":{"name":"image.jpg","mediaType":"image/jpeg","sizeBytes":3}},
        {"type":"image","attachment":{"name":"image.jpg","mediaType":"image/jpeg","sizeBytes":6}}]}
        """.ReplaceLineEndings(""),
        new Message("user", "Hi.") { Images = ["AAAA", "AAAABBBB"] });

    [Fact]
    public void A_tools_result_that_consists_of_content_parts_is_recorded_like_a_messages_content()
    {
        AssertPrompt(
            """{"role":"tool","content":[{"type":"tool_result","id":"1","result":[{"type":"text","text":"a cat"},{"type":"image","attachment":{"name":"image.png","mediaType":"image/png","sizeBytes":3}}]}]}""",
            new Message("tool", new Result("1", new object[] { new Part("a cat", null), new Part(null, "data:image/png;base64,AAAA") })));
        AssertPrompt(
            """{"role":"tool","content":[{"type":"tool_result","id":"1","result":[1,2]}]}""",
            new Message("tool", new Result("1", new[] { 1, 2 })));
    }

    private static void AssertPrompt(string expected, object message) =>
        AssertJson($"[{expected}]", Reader.Prompt(new[] { message }, instructions: null, maxItems: 1_000));

    private static void AssertJson(string expected, object? actual) => Assert.Equal(expected, RecordedJson.Of(actual));

    public record Message(string? Role, object? Content)
    {
        public string? Author { get; init; }

        public Call[]? Calls { get; init; }

        public string[]? Images { get; init; }
    }

    public sealed record SystemMessage(string Text) : Message("ignored", Text);

    public record Part(string? Text, string? Uri);

    public sealed record OwnPart() : Part("Hi.", null);

    public sealed record Call(string Name, string? Arguments);

    public sealed record Result(string Id, object Value);

    public sealed record Thought(string Text);

    public sealed record Union(object Wrapped);
}
