using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using CsCheck;
using Microsoft.Extensions.AI;
using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Tests.Capture;

/// <summary>What nothing can change is kept by reference, and what can change is copied if that runs no code. The JSON is written off the call.</summary>
public sealed class ImmutableCaptureTests
{
    private static readonly Customer Example = new(1, "Ada", Plan.Large, new Guid(1, 2, 3, new byte[8]), null, new Address("London", new Uri("https://example.com/")));

    private static int _reads;

    private enum Plan
    {
        Small,
        Large,
    }

    /// <summary>What can change in each, and how: after the snapshot, which must not change with it.</summary>
    public static TheoryData<string, object, Action<object>> Changeable => new()
    {
        { "a property that can be set", new Settable { Text = "before" }, static value => ((Settable)value).Text = "after" },
        { "a property that its object sets", new Counter(), static value => ((Counter)value).Count() },
        { "a property that is computed", new Computed("before"), static value => ((Computed)value).Change("after") },
        { "a virtual property", new Overriding("before"), static value => ((Overriding)value).Change("after") },
        { "an object inside", new Holding<Settable>(new() { Text = "before" }), static value => ((Holding<Settable>)value).Value!.Text = "after" },
        { "an object of a derived type inside", new Holding<Address>(new Moving("before")), static value => ((Moving)((Holding<Address>)value).Value!).Floor = 2 },
        { "an object two levels down", new Holding<object>(new Holding<object>(new Settable { Text = "before" })), static value => ((Settable)((Holding<object>)((Holding<object>)value).Value!).Value!).Text = "after" },
        { "a list inside", new Holding<List<int>>([1]), static value => ((Holding<List<int>>)value).Value!.Add(2) },
        { "a list of immutable values", new List<Address> { new("London", null) }, static value => ((List<Address>)value)[0] = new("Paris", null) },
        { "a list of scalars", new List<int> { 1 }, static value => ((List<int>)value).Add(2) },
        { "an array of texts", new[] { "before" }, static value => ((string[])value)[0] = "after" },
        { "an array of objects", new object[] { 1, "before" }, static value => ((object[])value)[1] = "after" },
        { "a list of what can change", new List<Settable> { new() { Text = "before" } }, static value => ((List<Settable>)value)[0].Text = "after" },
        { "an array of structs that can change", new[] { new Mutable { X = 1 } }, static value => ((Mutable[])value)[0].X = 2 },
        { "a field", new Fields { Value = 1 }, static value => ((Fields)value).Value = 2 },
        { "an object in two places", Twice(new Settable { Text = "before" }), static value => ((Settable)((object[])value)[1]).Text = "after" },
        { "an object inside itself", Cycle("before"), static value => ((Linked)value).Text = "after" },
        { "a list inside itself", CyclicList("before"), static value => ((List<object>)value)[0] = "after" },
        { "a list of objects and nulls", new List<Settable?> { null, new() { Text = "before" } }, static value => ((List<Settable?>)value)[1]!.Text = "after" },
        { "a class of a library", new ChatMessage(ChatRole.User, "before"), static value => ((ChatMessage)value).AuthorName = "after" },
        { "a struct of a library", new ChatMessage(ChatRole.User, "before"), static value => ((ChatMessage)value).Role = ChatRole.Tool },
        {
            "classes of a library inside each other",
            new ChatResponse(new ChatMessage(ChatRole.Assistant, "before")) { Usage = new() { InputTokenCount = 1 } },
            static value => ((TextContent)((ChatResponse)value).Messages[0].Contents[0]).Text = "after"
        },
    };

    private static object[] Twice(object value) => [value, value];

    private static Linked Cycle(string text)
    {
        var first = new Linked { Text = text };
        first.Next = new Linked { Next = first };
        return first;
    }

    private static List<object> CyclicList(string text)
    {
        List<object> list = [text];
        list.Add(list);
        return list;
    }

    [Theory]
    [MemberData(nameof(Changeable), DisableDiscoveryEnumeration = true)]
    public void A_value_that_can_change_is_written_before_it_changes(string what, object value, Action<object> change)
    {
        var capture = new ValueCapture(new(new() { JsonSerializerOptions = new() { IncludeFields = true } }), suppressor: null);
        var expected = Snapshots.Written(capture.Capture(value));
        var captured = capture.Capture(value);
        change(value);

        Assert.Equal(expected, Snapshots.Written(captured));
        Assert.True(expected != Snapshots.Written(capture.Capture(value)), what);
    }

    [Fact]
    public void Capturing_an_immutable_value_allocates_little_whatever_its_size()
    {
        var capture = new ValueCapture(new(new()), suppressor: null);
        List<Customer> list = [.. Enumerable.Range(0, 100).Select(static _ => Example with { Address = new Address("London", new Uri("https://example.com/")) })];
        capture.Capture(Example);
        capture.Capture(list);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var one = capture.Capture(Example);
        var afterOne = GC.GetAllocatedBytesForCurrentThread();
        var many = capture.Capture(list);
        var afterMany = GC.GetAllocatedBytesForCurrentThread();

        Assert.InRange(afterOne - before, 1, 100);
        Assert.InRange(afterMany - afterOne, 100 * IntPtr.Size, 2_000);
        var json = """{"Number":1,"Name":"Ada","Plan":"Large","Reference":"00000001-0002-0003-0000-000000000000","Note":null,"Address":{"City":"London","Site":"https://example.com/"}}""";
        Assert.Equal(json, Snapshots.Written(one));
        Assert.Equal($"[{string.Join(',', Enumerable.Repeat(json, 100))}]", Snapshots.Written(many));
    }

    [Fact]
    public void An_immutable_value_obeys_limits_and_redaction()
    {
        Assert.Equal("""{"Name":"Ad… [+1 characters]","Password":"[redacted]"}""", Snapshots.Of(new Login("Ada", "12345"), static options => options.MaxStringLength = 2));
        Assert.Equal("""{"Value":{"Value":"[depth limit]"}}""", Snapshots.Of(new Holding<object>(new Holding<object>(new Holding<object>(1))), static options => options.MaxDepth = 2));
        Assert.Equal("""["a","[+2 items]"]""", Snapshots.Of(new List<string> { "a", "b", "c" }, static options => options.MaxItems = 1));
        var chain = Enumerable.Range(0, 100_000).Aggregate<int, Node?>(null, static (next, number) => new Node(number, next));
        Assert.EndsWith("\"[depth limit]\"}}}}}}}}}}", Snapshots.Of(chain!), StringComparison.Ordinal);
    }

    [Fact]
    public void No_code_of_the_application_runs_after_the_call()
    {
        AssertReadDuringTheCall(new ValueCapture(new(new()), suppressor: null), new Computed("text"));
        AssertReadDuringTheCall(new ValueCapture(new(new()), suppressor: null), new Converted("text"));
        AssertReadDuringTheCall(new ValueCapture(new(new() { JsonSerializerOptions = new() { Converters = { new CountingConverter() } } }), suppressor: null), new Login("Ada", ""));
        var resolver = new DefaultJsonTypeInfoResolver
        {
            Modifiers = { static contract => contract.Properties.ToList().ForEach(static property => property.Get = static _ => _reads++) },
        };
        AssertReadDuringTheCall(new ValueCapture(new(new() { JsonSerializerOptions = new() { TypeInfoResolver = resolver } }), suppressor: null), new Address("London", null));
    }

    [Fact]
    public void A_value_kept_by_reference_has_the_same_json_as_one_written_immediately() =>
        Gen.Select(
                Gen.Int,
                Gen.String.Null(),
                Gen.Enum<DayOfWeek>().Nullable(),
                Gen.Double,
                Gen.Guid,
                Gen.String.List[0, 5],
                static (number, text, day, real, id, texts) => (number, text, day, real, id, texts))
            .Sample(static values =>
            {
                var (number, text, day, real, id, texts) = values;
                var kept = new Kept(number, text, day, real, id, new Holding<object>(text));
                var written = new Written { Number = number, Text = text, Day = day, Real = real, Id = id, Inner = new Holding<object>(text) };
                Action<CaptureOptions> limits = static options => (options.MaxBytes, options.MaxStringLength, options.MaxItems) = (1_024, 20, 3);
                Assert.Equal(Snapshots.Of(written, limits), Snapshots.Of(kept, limits));
                Assert.Equal(Snapshots.Of(new Queue<string>(texts), limits), Snapshots.Of(texts, limits));
                Assert.Equal(Snapshots.Of(new Queue<string>(texts), limits), Snapshots.Of(texts.ToArray(), limits));
                Assert.Equal(Snapshots.Of(new Queue<Kept>([kept, kept]), limits), Snapshots.Of(new List<Kept> { kept, kept }, limits));
            });

    private static void AssertReadDuringTheCall(ValueCapture capture, object value)
    {
        capture.Capture(value);
        var before = _reads;
        var captured = capture.Capture(value);
        var during = _reads;
        Snapshots.Written(captured);

        Assert.True(during > before);
        Assert.Equal(during, _reads);
    }

    private sealed record Customer(int Number, string Name, Plan Plan, Guid Reference, string? Note, Address Address);

    private record Address(string City, Uri? Site);

    private sealed record Moving(string City) : Address(City, null)
    {
        public int Floor { get; set; }
    }

    private sealed record Login(string Name, string Password);

    private sealed record Node(int Number, Node? Next);

    private sealed record Holding<T>(T? Value);

    private sealed record Kept(int Number, string? Text, DayOfWeek? Day, double Real, Guid Id, Holding<object> Inner);

    private sealed class Written
    {
        public int Number { get; set; }

        public string? Text { get; set; }

        public DayOfWeek? Day { get; set; }

        public double Real { get; set; }

        public Guid Id { get; set; }

        public Holding<object>? Inner { get; set; }
    }

    private sealed class Settable
    {
        public string? Text { get; set; }
    }

    private sealed class Linked
    {
        public string? Text { get; set; }

        public Linked? Next { get; set; }
    }

    private sealed class Counter
    {
        public int Counted { get; private set; }

        public void Count() => Counted++;
    }

    private sealed class Fields
    {
        public int Value;
    }

    private struct Mutable
    {
        public int X { get; set; }
    }

    private sealed class Computed(string text)
    {
        private string _text = text;

        public string Text
        {
            get
            {
                _reads++;
                return _text;
            }
        }

        public void Change(string to) => _text = to;
    }

    private class Overridden
    {
        public virtual string? Text { get; }
    }

    private sealed class Overriding(string text) : Overridden
    {
        private string _text = text;

        public override string? Text => _text;

        public void Change(string to) => _text = to;
    }

    [JsonConverter(typeof(ConvertedConverter))]
    private sealed record Converted(string Text);

    private sealed class ConvertedConverter : JsonConverter<Converted>
    {
        public override Converted Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Converted value, JsonSerializerOptions options) => writer.WriteNumberValue(_reads++);
    }

    private sealed class CountingConverter : JsonConverter<string>
    {
        public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteNumberValue(_reads++);
    }
}
