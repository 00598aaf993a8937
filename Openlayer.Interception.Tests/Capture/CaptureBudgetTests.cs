using System.Collections;
using System.Collections.Specialized;
using System.Diagnostics;
using System.Globalization;
using System.Security.Claims;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Xml.Linq;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.Time.Testing;
using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Tests.Capture;

/// <summary>The bounds of a capture that do not depend on what it writes: time, objects, exceptions, hashed bytes.</summary>
public sealed class CaptureBudgetTests
{
    [Fact]
    public void Each_object_is_written_once_and_then_as_its_path()
    {
        var customer = new Person { Name = "Ada" };
        var orders = new[] { new Order { Customer = customer }, new Order { Customer = customer } };

        Assert.Equal(
            """{"orders":[{"Customer":{"Name":"Ada","Friends":[]}},{"Customer":"[see $.orders[0].Customer]"}],"again":"[see $.orders]"}""",
            Snapshots.Of(new { orders, again = orders }));
        Assert.Equal("""[{"a b":{"Name":"x","Friends":[]}},"[see $[0].…]"]""", Snapshots.Of(Named("a b")));

        static object[] Named(string key)
        {
            var person = new Person { Name = "x" };
            return [new Dictionary<string, Person> { [key] = person }, person];
        }
    }

    [Fact]
    public void Texts_scalars_and_empty_collections_are_always_written()
    {
        var text = new string('a', 3);
        Assert.Equal("""["aaa","aaa",[],[],1,1,{},{}]""", Snapshots.Of(new object[] { text, text, Array.Empty<int>(), Array.Empty<int>(), 1, 1, new { }, new { } }));
    }

    [Fact]
    public void An_object_that_was_cut_by_the_depth_limit_is_written_where_there_is_room()
    {
        var person = new Person { Name = "Ada" };
        Assert.Equal(
            """[[["[depth limit]"]],{"Name":"Ada","Friends":[]}]""",
            Snapshots.Of(new object[] { new[] { new[] { person } }, person }, static options => options.MaxDepth = 3));
    }

    [Fact]
    public void Objects_that_refer_to_each_other_are_short()
    {
        var people = Enumerable.Range(0, 221).Select(static index => new Person { Name = $"{index}" }).ToArray();
        for (var index = 0; index < people.Length; index++)
        {
            people[index].Friends.AddRange([people[(index + 1) % people.Length], people[(index + 13) % people.Length], people[(index + 220) % people.Length], people[(index + 208) % people.Length]]);
        }

        Assert.InRange(Snapshots.Of(people).Length, 1, 60_000);
        Assert.InRange(Snapshots.Of(people[0]).Length, 1, 60_000);
        foreach (var person in people)
        {
            person.Friends.AddRange(people);
        }

        Assert.InRange(Snapshots.Of(people).Length, 1, 500_000);
    }

    [Fact]
    [Trait("Clock", "Real")]
    public void A_graph_of_records_that_share_children_is_written_once_and_visited_a_bounded_number_of_times()
    {
        var graph = new Group([]);
        for (var level = 0; level < 100; level++)
        {
            graph = new Group([.. Enumerable.Repeat(graph, 8)]);
        }

        var fixedGraph = new Pair(null, null);
        for (var level = 0; level < 60; level++)
        {
            fixedGraph = new Pair(fixedGraph, fixedGraph);
        }

        AssertFast(() => Snapshots.Of(graph, static options => options.MaxDepth = 100));
        AssertFast(() => Snapshots.Of(fixedGraph, static options => options.MaxDepth = 100));
    }

    [Fact]
    public void When_the_time_ends_what_was_read_is_kept_and_each_incomplete_place_says_so()
    {
        var clock = new FakeTimeProvider();
        var slow = Enumerable.Range(0, 10).Select(index => new Slow(clock, index)).ToArray();

        Assert.Equal(
            """{"first":1,"list":[{"Value":0},{"Value":1},{"Value":2},{"…":"[time limit]"},"[time limit]"],"…":"[time limit]"}""",
            Of(new { first = 1, list = slow, last = 2 }, clock, 3 * Slow.Time));
        Assert.Equal("""{"list":[{"Value":0},{"Value":1}]}""", Of(new { list = slow[..2] }, clock, 3 * Slow.Time));
    }

    [Fact]
    public void The_time_bounds_every_kind_of_code_of_the_application()
    {
        var clock = new FakeTimeProvider();
        foreach (var value in new object[]
        {
            new SlowList(clock), new SlowMap(clock), new SlowPairs(clock), new Dictionary<string, object>(Enumerable.Range(0, 100).Select(index => KeyValuePair.Create($"{index}", (object)new Slow(clock, index)))),
            Enumerable.Range(0, 100).Select(index => new SlowlyConverted(clock, index)).ToArray(), new SlowlyConvertedList(clock),
            Enumerable.Range(0, 100).Select(index => new SlowException(clock, index)).ToArray(), new AggregateException(Enumerable.Range(0, 100).Select(index => new SlowException(clock, index))),
            Nested(clock, 90), new SlowlyConvertedKeys(clock), new SlowNames(clock), new Extended(new SlowExtension(clock)),
        })
        {
            var start = clock.GetUtcNow();
            var json = Of(value, clock, 3 * Slow.Time);
            Assert.Contains(Placeholders.TimeLimit, json, StringComparison.Ordinal);
            Assert.True(clock.GetUtcNow() - start <= 5 * Slow.Time, $"{value.GetType()} took {(clock.GetUtcNow() - start) / Slow.Time} steps: {json}");
            using var _ = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 1_000 });
        }

        static object Nested(FakeTimeProvider clock, int depth) => depth == 0 ? 1 : new SlowNode(clock, () => Nested(clock, depth - 1));
    }

    [Fact]
    public void A_getter_that_always_throws_runs_three_times_in_a_capture()
    {
        var items = Enumerable.Range(0, 1_000).Select(static _ => new Throwing()).ToArray();
        Throwing.Reads = 0;
        var json = Snapshots.Written(new ValueCapture(new(new()), null).Capture(items));

        Assert.Equal(3, Throwing.Reads);
        Assert.Equal($"[{string.Join(',', Enumerable.Repeat("""{"Value":"[threw InvalidOperationException]","Other":1}""", 1_000))}]", json);
    }

    [Fact]
    [Trait("Clock", "Real")]
    public void A_deep_value_of_a_converter_is_left_out_quickly()
    {
        var options = new JsonSerializerOptions { Converters = { new DeepConverter() } };
        AssertFast(() => Assert.Equal("\"[depth limit]\"", Snapshots.Of(new Deep(300_000), options)));
        AssertFast(() => Assert.Contains("[depth limit]", Snapshots.Of(new Deep(900), options), StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Clock", "Real")]
    public void A_tree_of_aggregate_exceptions_is_bounded()
    {
        var inner = Enumerable.Range(0, 1_000).Select(static index => new AggregateException($"{index}", Enumerable.Range(0, 1_000).Select(static leaf => new FormatException($"{leaf}")))).ToArray();
        AssertFast(() => Snapshots.Of(new AggregateException("all", inner)));
        Assert.Equal(
            """{"type":"System.AggregateException","message":"two (a) (b)","inner":[{"type":"System.FormatException","message":"a"},{"type":"System.FormatException","message":"b"}]}""",
            Snapshots.Of(new AggregateException("two", new FormatException("a"), new FormatException("b"))));
    }

    [Fact]
    [Trait("Clock", "Real")]
    public void A_text_is_searched_only_as_far_as_it_is_recorded()
    {
        var text = string.Concat(Enumerable.Repeat("hello world, lorem ipsum. ", 4_000_000));
        var digits = new string('A', 100_000_000);
        foreach (var value in new object[]
        {
            text, digits, new { text, digits }, new Dictionary<string, int> { [text] = 1 }, new InvalidOperationException(text), new XElement("a", text),
            new XElement("a", new XAttribute("b", text)), new XText(text), new ClaimsIdentity([new Claim("a", text)]), new StringSegment(text),
            new StringBuilder(text), new NameValueCollection { { text, text } }, new[] { text, digits, text }, (text, digits), new KeyValuePair<string, string>(text, text),
        })
        {
            AssertWithinASecond(() => Assert.Contains(" characters]", Snapshots.Of(value), StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_long_text_says_how_much_is_missing_and_keeps_what_follows_media_in_it()
    {
        var image = $"data:image/png;base64,{new string('A', 3_000_000)}";
        var prose = new string(' ', 2_000_000);

        Assert.Equal("\"see [image/png, 2250000 bytes] and say\"", Snapshots.Of($"see {image} and say"));
        Assert.Equal($"\"    … [+{(2_000_000 - 4).ToString(CultureInfo.InvariantCulture)} characters]\"", Snapshots.Of(prose, static options => options.MaxStringLength = 4));
        Assert.Equal($$"""{"    … [+{{(2_000_000 - 4).ToString(CultureInfo.InvariantCulture)}} characters]":1}""", Snapshots.Of(new Dictionary<string, int> { [prose] = 1 }, static options => options.MaxStringLength = 4));
    }

    [Fact]
    public void Empty_texts_and_names_fill_the_room_like_all_others()
    {
        foreach (var value in new object[]
        {
            Enumerable.Repeat(Enumerable.Repeat("", 1_000).ToArray(), 1).SelectMany(static items => Enumerable.Range(0, 1_000).Select(_ => items.ToArray())).ToArray(),
            Enumerable.Range(0, 1_000).Select(static _ => Enumerable.Range(0, 1_000).Select(static _ => new Dictionary<string, string> { [""] = "" }).ToArray()).ToArray(),
            Enumerable.Range(0, 1_000).Select(static _ => Enumerable.Repeat((string?)null, 1_000).ToArray()).ToArray(),
            Enumerable.Range(0, 1_000).Select(static _ => Enumerable.Range(0, 1_000).Select(static _ => new XElement("a")).ToArray()).ToArray(),
        })
        {
            var json = Snapshots.Of(value);
            Assert.EndsWith("\"[size limit]\"]", json, StringComparison.Ordinal);
            Assert.InRange(Encoding.UTF8.GetByteCount(json), 900_000, 1024 * 1024);
            using var _ = JsonDocument.Parse(json);
        }
    }

    [Fact]
    public void Only_a_megabyte_of_a_capture_is_hashed()
    {
        Assert.Equal("""{"bytes":1048577}""", Snapshots.Of(new byte[(1024 * 1024) + 1]));
        Assert.Contains("sha256", Snapshots.Of(new byte[1024 * 1024]), StringComparison.Ordinal);

        var json = Snapshots.Of(Enumerable.Range(0, 1_000).Select(static _ => new byte[100_000]).ToArray());
        Assert.Equal(10, JsonDocument.Parse(json).RootElement.EnumerateArray().Count(static item => item.TryGetProperty("sha256", out _)));
    }

    [Theory]
    [InlineData(256)]
    [InlineData(512)]
    [InlineData(1536)]
    public void The_deepest_value_that_is_followed_fits_on_a_small_stack(int kilobytes)
    {
        object array = 1;
        Node? record = null;
        Person? person = null;
        object map = 1;
        var text = "1";
        Exception exception = new FormatException("");
        for (var depth = 0; depth < 50_000; depth++)
        {
            array = new[] { array };
            record = new Node(record, depth);
            person = new Person { Next = person };
            map = new Dictionary<string, object> { ["a"] = map };
            text = depth < 5_000 ? $"[{text}]" : text;
            exception = new InvalidOperationException("", exception);
        }

        var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 10_000 });
        var failures = new List<string>();
        var thread = new Thread(
            () =>
            {
                foreach (var value in new[] { array, record!, person!, map, json, exception, System.Text.Json.Nodes.JsonNode.Parse(text, documentOptions: new() { MaxDepth = 10_000 })! })
                {
                    var result = Snapshots.Of(value, static options => options.MaxDepth = 100);
                    if (!result.Contains(Placeholders.DepthLimit, StringComparison.Ordinal))
                    {
                        failures.Add(result);
                    }
                }
            },
            kilobytes * 1024);
        thread.Start();
        thread.Join();
        Assert.Empty(failures);
    }

    private static string Of(object value, TimeProvider clock, TimeSpan maxTime) =>
        Snapshots.Written(new ValueCapture(new(new() { MaxTime = maxTime, MaxDepth = 100 }), suppressor: null, clock).Capture(value));

    private static void AssertWithinASecond(Action capture)
    {
        // What other tests do at the same time must not count.
        var shortest = Enumerable.Range(0, 3).Min(_ =>
        {
            var start = Stopwatch.GetTimestamp();
            capture();
            return Stopwatch.GetElapsedTime(start);
        });
        Assert.InRange(shortest.TotalSeconds, 0, 1);
    }

    // Far above what it takes, and far below what it took without a bound.
    private static void AssertFast(Action capture)
    {
        var start = Stopwatch.GetTimestamp();
        capture();
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 5);
    }

    private sealed class Order
    {
        public Person? Customer { get; set; }
    }

    private sealed class Person
    {
        public string? Name { get; set; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public Person? Next { get; set; }

        public List<Person> Friends { get; } = [];
    }

    private sealed record Group(Group[] Children);

    private sealed record Pair(Pair? Left, Pair? Right);

    private sealed record Node(Node? Next, int Number);

    private sealed class Slow(FakeTimeProvider clock, int value)
    {
        public static readonly TimeSpan Time = TimeSpan.FromMilliseconds(10);

        public int Value
        {
            get
            {
                var read = value;
                clock.Advance(Time);
                return read;
            }
        }
    }

    private sealed class SlowNode(FakeTimeProvider clock, Func<object> next)
    {
        public object Next
        {
            get
            {
                clock.Advance(Slow.Time);
                return next();
            }
        }
    }

    private sealed class SlowList(FakeTimeProvider clock) : IReadOnlyCollection<int>
    {
        public int Count => 100;

        public IEnumerator<int> GetEnumerator()
        {
            for (var index = 0; index < Count; index++)
            {
                clock.Advance(Slow.Time);
                yield return index;
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class SlowMap(FakeTimeProvider clock) : IReadOnlyDictionary<string, int>
    {
        public int Count => 100;

        public IEnumerable<string> Keys => throw new NotSupportedException();

        public IEnumerable<int> Values => throw new NotSupportedException();

        public int this[string key] => throw new NotSupportedException();

        public bool ContainsKey(string key) => throw new NotSupportedException();

        public bool TryGetValue(string key, out int value) => throw new NotSupportedException();

        public IEnumerator<KeyValuePair<string, int>> GetEnumerator()
        {
            for (var index = 0; index < Count; index++)
            {
                clock.Advance(Slow.Time);
                yield return new($"{index}", index);
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class SlowPairs(FakeTimeProvider clock) : Dictionary<Slow, int>(Enumerable.Range(0, 100).Select(index => KeyValuePair.Create(new Slow(clock, index), index)));

    private sealed class SlowNames : NameValueCollection
    {
        private readonly FakeTimeProvider _clock;

        public SlowNames(FakeTimeProvider clock)
        {
            _clock = clock;
            for (var index = 0; index < 100; index++)
            {
                Add($"{index}", "");
            }
        }

        public override string? Get(int index)
        {
            _clock.Advance(Slow.Time);
            return base.Get(index);
        }
    }

    private sealed class Extended(IDictionary<string, object?> more)
    {
        [JsonExtensionData]
        public IDictionary<string, object?> More { get; set; } = more;
    }

    private sealed class SlowExtension(FakeTimeProvider clock) : IDictionary<string, object?>
    {
        public int Count => 1_000_000;

        public bool IsReadOnly => true;

        public ICollection<string> Keys => throw new NotSupportedException();

        public ICollection<object?> Values => throw new NotSupportedException();

        public object? this[string key]
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
        {
            for (var index = 0; ; index++)
            {
                clock.Advance(Slow.Time);
                yield return new($"{index}", null);
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public void Add(string key, object? value) => throw new NotSupportedException();

        public void Add(KeyValuePair<string, object?> item) => throw new NotSupportedException();

        public void Clear() => throw new NotSupportedException();

        public bool Contains(KeyValuePair<string, object?> item) => throw new NotSupportedException();

        public bool ContainsKey(string key) => throw new NotSupportedException();

        public void CopyTo(KeyValuePair<string, object?>[] array, int arrayIndex) => throw new NotSupportedException();

        public bool Remove(string key) => throw new NotSupportedException();

        public bool Remove(KeyValuePair<string, object?> item) => throw new NotSupportedException();

        public bool TryGetValue(string key, out object? value) => throw new NotSupportedException();
    }

    private sealed class SlowException(FakeTimeProvider clock, int number) : Exception
    {
        public override string Message
        {
            get
            {
                clock.Advance(Slow.Time);
                return $"{number}";
            }
        }
    }

    [JsonConverter(typeof(Converter))]
    private sealed record SlowlyConverted(FakeTimeProvider Clock, int Value)
    {
        public sealed class Converter : JsonConverter<SlowlyConverted>
        {
            public override SlowlyConverted Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

            public override void Write(Utf8JsonWriter writer, SlowlyConverted value, JsonSerializerOptions options)
            {
                value.Clock.Advance(Slow.Time);
                writer.WriteNumberValue(value.Value);
            }
        }
    }

    private sealed class SlowlyConvertedKeys(FakeTimeProvider clock) : Dictionary<SlowlyConverted, int>(Enumerable.Range(0, 100).Select(index => KeyValuePair.Create(new SlowlyConverted(clock, index), index)));

    [JsonConverter(typeof(Converter))]
    private sealed record SlowlyConvertedList(FakeTimeProvider Clock)
    {
        public sealed class Converter : JsonConverter<SlowlyConvertedList>
        {
            public override SlowlyConvertedList Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

            public override void Write(Utf8JsonWriter writer, SlowlyConvertedList value, JsonSerializerOptions options)
            {
                writer.WriteStartArray();
                for (var index = 0; index < 100; index++)
                {
                    value.Clock.Advance(Slow.Time);
                    writer.WriteStringValue(new string('a', 10_000));
                    writer.Flush();
                }

                writer.WriteEndArray();
            }
        }
    }

    private sealed class Throwing
    {
        [ThreadStatic]
        private static int _reads;

        public static int Reads
        {
            get => _reads;
            set => _reads = value;
        }

        public int Value
        {
            get
            {
                _reads++;
                throw new InvalidOperationException();
            }
        }

        public int Other { get; set; } = 1;
    }

    private sealed record Deep(int Levels);

    private sealed class DeepConverter : JsonConverter<Deep>
    {
        public override Deep Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Deep value, JsonSerializerOptions options) =>
            writer.WriteRawValue(new string('[', value.Levels) + new string(']', value.Levels), skipInputValidation: true);
    }
}
