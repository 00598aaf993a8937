using System.Text.Json;
using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.Tests.ModelClients.Paths;

public sealed class ValuePathTests
{
    private static readonly Reply Answer = new("Paris", new() { ["region"] = "eu", ["tokens"] = 7 }, [new("first"), new("second")]);

    private static readonly JsonElement Json = JsonElement.Parse(
        """{"choices":[{"text":"Paris","index":3,"score":0.5,"none":null}],"model-id":"small"}""");

    [Theory]
    [InlineData("Text", "Paris")]
    [InlineData("Headers.region", "eu")]
    [InlineData("Headers.tokens", 7)]
    [InlineData("Choices.1.Text", "second")]
    [InlineData("Choices.Count", 2)]
    [InlineData("GetText()", "Paris!")]
    [InlineData("GetText().Length", 6)]
    [InlineData("Embedded.Json().model", "large")]
    [InlineData("Inherited", "base")]
    [InlineData("Hidden", "derived")]
    public void A_path_follows_properties_keys_indices_and_methods(string path, object expected) =>
        Assert.Equal(expected, new ValuePath(path).Read(Answer));

    [Theory]
    [InlineData("Missing")]
    [InlineData("Missing.Text")]
    [InlineData("Null.Text")]
    [InlineData("Headers.missing")]
    [InlineData("Choices.2.Text")]
    [InlineData("Choices.99999999999.Text")]
    [InlineData("Text.0")]
    [InlineData("GetText")]
    [InlineData("Text()")]
    [InlineData("Add()")]
    [InlineData("Forget()")]
    [InlineData("Internal")]
    [InlineData("Span")]
    [InlineData("Text.Json()")]
    public void A_path_that_leads_nowhere_is_null(string path)
    {
        var value = new ValuePath(path).Read(Answer);

        // Text that is not JSON stays text.
        Assert.Equal(path == "Text.Json()" ? "Paris" : null, value);
    }

    [Theory]
    [InlineData("choices.0.text", "Paris")]
    [InlineData("choices.0.index", 3L)]
    [InlineData("choices.0.score.ToString()", "0.5")]
    [InlineData("choices.GetArrayLength()", 1)]
    [InlineData("model-id", "small")]
    [InlineData("choices.1", null)]
    [InlineData("choices.0.none", null)]
    [InlineData("choices.text", null)]
    [InlineData("model-id.GetArrayLength()", null)]
    [InlineData("model-id.text", null)]
    public void A_path_reads_JSON_as_text_and_integers_where_it_is_that(string path, object? expected) =>
        Assert.Equal(expected, new ValuePath(path).Read(Json));

    [Fact]
    public void A_path_reads_any_other_JSON_as_it_is() =>
        Assert.Equal(0.5, Assert.IsType<JsonElement>(new ValuePath("choices.0.score").Read(Json)).GetDouble());

    [Fact]
    public void A_key_is_found_in_any_sequence_of_entries_ignoring_its_case()
    {
        var headers = new Entries([new("X-Request-Id", "req-1")]);

        Assert.Equal("req-1", new ValuePath("x-request-id").Read(headers));
        Assert.Null(new ValuePath("request-id").Read(headers));
    }

    [Fact]
    public void An_index_reads_collections_that_are_not_lists()
    {
        Assert.Equal("second", new ValuePath("1").Read(new Queue<string>(["first", "second"])));
        Assert.Equal(2, new ValuePath("1").Read(new[] { 1, 2 }));
        Assert.Null(new ValuePath("2").Read(new Queue<string>(["first", "second"])));
    }

    [Fact]
    public void Of_alternatives_the_first_that_leads_to_a_value_counts()
    {
        Assert.Equal("eu", new ValuePath("Missing", "Null", "Headers.region", "Text").Read(Answer));
        Assert.Equal("Paris", new ValuePath("Missing").Or(new("Text", "Headers.region")).Read(Answer));
        Assert.Null(ValuePath.None.Read(Answer));
    }

    [Fact]
    public void Self_is_the_object_itself()
    {
        Assert.Same(Answer, new ValuePath(ValuePath.Self).Read(Answer));
        Assert.Same(Answer, new ValuePath("Missing", ValuePath.Self).Read(Answer));
        Assert.Null(new ValuePath(ValuePath.Self).Read((object?)null));
    }

    [Fact]
    public void A_path_is_followed_from_objects_of_any_type_in_any_order()
    {
        var path = new ValuePath("First.Value", "Second");
        object[] objects =
        [
            new { Other = 0 }, new { Second = "b" }, new { First = new { Value = "a" }, Second = "b" }, new { First = (object?)null, Second = "c" },
            new Dictionary<string, object> { ["Second"] = "d" }, new { First = new { Other = 0 }, Second = "e" }, "text",
        ];
        string?[] expected = [null, "b", "a", "c", "d", "e", null];

        // In each order, because a path remembers the types that it was followed from first.
        for (var first = 0; first < objects.Length; first++)
        {
            var remembered = new ValuePath("First.Value", "Second");
            _ = remembered.Read(objects[first]);
            Assert.Equal(expected, objects.Select(remembered.Read));
            Assert.Equal(expected, objects.Select(path.Read));
        }
    }

    [Fact]
    public void A_path_may_lead_from_types_that_have_its_first_segment()
    {
        var path = new ValuePath("First.Value", "Second");

        Assert.NotNull(path.From(new { Second = 1 }.GetType()));
        Assert.NotNull(path.From(new { First = 1 }.GetType()));
        Assert.NotNull(path.From(typeof(Dictionary<string, object>)));
        Assert.NotNull(path.From(typeof(System.Text.Json.JsonElement)));
        Assert.Null(path.From(new { Third = 1 }.GetType()));
        Assert.Null(ValuePath.None.From(typeof(string)));
        Assert.NotNull(new ValuePath(ValuePath.Self).From(typeof(string)));
    }

    [Fact]
    public void A_path_into_arguments_starts_with_a_parameters_name()
    {
        object?[] arguments = ["secret", Answer];
        var positions = new Dictionary<string, int> { ["reply"] = 1 };

        Assert.Equal("Paris", new ValuePath("reply.Text").Among(positions).Read(arguments));
        Assert.Equal("Paris", new ValuePath("other.Text", "reply.Missing", "reply.Text").Among(positions).Read(arguments));
        Assert.Same(Answer, new ValuePath("reply").Among(positions).Read(arguments));
        Assert.Null(new ValuePath("other.Text").Among(positions).Read(arguments));
        Assert.Null(new ValuePath(ValuePath.Self).Among(positions).Read(arguments));
        Assert.Null(new ValuePath("reply").Among(positions).Read([]));
    }

    [Fact]
    public void An_exception_of_a_member_reaches_the_reader() =>
        Assert.Equal("no", Assert.Throws<InvalidOperationException>(() => new ValuePath("Throwing").Read(Answer)).Message);

    [Theory]
    [InlineData("Text")]
    [InlineData("Choices.0.Message")]
    [InlineData("GetRawResponse().Content.ToString().Json()")]
    [InlineData("headers.x-request-id")]
    [InlineData("prompt_tokens")]
    [InlineData("Größe")]
    public void A_text_of_names_indices_and_methods_is_a_path(string path) => Assert.True(ValuePath.IsPath(path));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("Text.")]
    [InlineData(".Text")]
    [InlineData("Said..Text")]
    [InlineData("Choices[0]")]
    [InlineData("()")]
    [InlineData("Text(1)")]
    [InlineData("Usage Tokens")]
    [InlineData("$.choices")]
    [InlineData("Text()x")]
    public void Any_other_text_is_not_a_path(string path) => Assert.False(ValuePath.IsPath(path));

    public class Base
    {
        public string Inherited => "base";

        public object Hidden => "base";
    }

    public sealed class Reply(string text, Dictionary<string, object> headers, Choice[] choices) : Base
    {
        public string Text { get; } = text;

        public Dictionary<string, object> Headers { get; } = headers;

        public List<Choice> Choices { get; } = [.. choices];

        public string? Null => null;

        public string Embedded => """{"model":"large"}""";

        public new string Hidden => "derived";

        public string Throwing => throw new InvalidOperationException("no");

        public ReadOnlySpan<char> Span => Text;

        internal string Internal => "internal";

        public string GetText() => Text + "!";

        public string Add(string text) => Text + text;

        public void Forget() => Choices.Clear();
    }

    public sealed record Choice(string Text);

    private sealed class Entries(KeyValuePair<string, string>[] entries) : IEnumerable<KeyValuePair<string, string>>
    {
        public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => entries.AsEnumerable().GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
