using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Collections.Specialized;
using System.Dynamic;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Openlayer.Interception.Tests.Invocation;

public sealed class PromotedResultTests : IAsyncDisposable
{
    private readonly InMemoryTracePublisher _published = new();
    private readonly OpenlayerTracer _tracer;

    public PromotedResultTests() => _tracer = new OpenlayerTracer(new OpenlayerOptions { SendToOpenlayer = false, Publishers = { _published } });

    public static TheoryData<string> Results => [.. Dictionaries.Keys];

    // Each has the entries "score": 5 and "Count": "many".
    private static Dictionary<string, object> Dictionaries { get; } = new()
    {
        ["Dictionary"] = Values(),
        ["Dictionary of another type of value"] = new Dictionary<string, IComparable> { ["score"] = 5, ["Count"] = "many" },
        ["SortedDictionary"] = new SortedDictionary<string, object?>(Values()),
        ["SortedList"] = new SortedList<string, object?>(Values()),
        ["ConcurrentDictionary"] = new ConcurrentDictionary<string, object?>(Values()),
        ["ReadOnlyDictionary"] = new ReadOnlyDictionary<string, object?>(Values()),
        ["ImmutableDictionary"] = Values().ToImmutableDictionary(),
        ["FrozenDictionary"] = Values().ToFrozenDictionary(),
        ["a read-only dictionary of the application"] = new OwnReadOnly(),
        ["ExpandoObject"] = Expando(),
        ["JsonObject"] = new JsonObject { ["score"] = 5, ["Count"] = "many" },
        ["JsonElement"] = JsonSerializer.SerializeToElement(Values()),
        ["JsonDocument"] = JsonSerializer.SerializeToDocument(Values()),
        ["Hashtable"] = new System.Collections.Hashtable { ["score"] = 5, ["Count"] = "many" },
        ["HybridDictionary"] = new HybridDictionary { ["score"] = 5, ["Count"] = "many" },
        ["OrderedDictionary"] = new OrderedDictionary { ["score"] = 5, ["Count"] = "many" },
        ["NameValueCollection"] = new NameValueCollection { ["score"] = "5", ["Count"] = "many" },
        ["Dictionary by an enum"] = new Dictionary<Key, object> { [Key.score] = 5, [Key.Count] = "many" },
        ["Dictionary by object"] = new Dictionary<object, object> { ["score"] = 5, ["Count"] = "many" },
        ["Hashtable by an enum"] = new System.Collections.Hashtable { [Key.score] = 5, [Key.Count] = "many" },
    };

    private enum Key
    {
        score,
        Count,
    }

    public ValueTask DisposeAsync() => _tracer.DisposeAsync();

    [Theory]
    [MemberData(nameof(Results))]
    public async Task A_promoted_value_of_a_dictionary_result_is_a_column(string result)
    {
        await _tracer.Intercept<IReports>(new Reports(Dictionaries[result])).GetAsync();

        var columns = await ColumnsAsync();
        Assert.Equal("5", Convert.ToString(columns["score"], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal("many", columns["amount"]?.ToString());
        Assert.DoesNotContain("absent", columns.Keys);
    }

    [Fact]
    public async Task A_promoted_value_keeps_its_type_and_may_be_an_object()
    {
        _tracer.Intercept<IReports>(new Reports(new Dictionary<string, object?> { ["score"] = 0.5, ["Count"] = new { a = 1 }, ["absent"] = null })).Get();

        var columns = await ColumnsAsync();
        Assert.Equal(0.5, columns["score"]);
        Assert.Equal("""{"a":1}""", JsonSerializer.Serialize(columns["amount"]));
        Assert.Null(columns["absent"]);
    }

    [Fact]
    public async Task A_promoted_result_that_is_not_a_dictionary_is_the_column()
    {
        _tracer.Intercept<IReports>(new Reports("unused")).Rate();

        Assert.Equal(4, (await ColumnsAsync())["rating"]);
    }

    [Fact]
    public async Task A_promoted_value_is_redacted_by_its_key_and_with_its_result()
    {
        var reports = _tracer.Intercept<IReports>(new Reports("unused"));
        reports.Secret();
        reports.Hidden();

        var columns = await ColumnsAsync();
        Assert.Equal("[redacted]", columns["credential"]);
        Assert.Equal("[redacted]", columns["hidden"]);
    }

    [Fact]
    public async Task A_dictionary_that_throws_leaves_a_placeholder_and_the_call_as_it_is()
    {
        var result = new ThrowingDictionary();

        Assert.Same(result, _tracer.Intercept<IReports>(new Reports(result)).Get());

        Assert.Equal("[threw NotSupportedException]", (await ColumnsAsync())["score"]);
    }

    [Fact]
    public async Task A_parameter_can_be_promoted_to_several_columns()
    {
        _tracer.Intercept<IReports>(new Reports("unused")).Ask("eu");

        var columns = await ColumnsAsync();
        Assert.Equal(("eu", "eu"), (columns["region"], columns["area"]));
    }

    private static Dictionary<string, object?> Values() => new() { ["score"] = 5, ["Count"] = "many" };

    private static ExpandoObject Expando()
    {
        dynamic values = new ExpandoObject();
        values.score = 5;
        values.Count = "many";
        return values;
    }

    private async Task<IDictionary<string, object?>> ColumnsAsync()
    {
        await _tracer.FlushAsync(TestContext.Current.CancellationToken);
        return _published.Traces.SelectMany(static trace => trace.Metadata).ToDictionary();
    }

    public interface IReports
    {
        [return: Promote("score"), Promote("amount", Key = "Count"), Promote("absent")]
        object Get();

        [return: Promote("score"), Promote("amount", Key = "Count"), Promote("absent")]
        Task<object> GetAsync();

        [return: Promote("rating")]
        int Rate();

        [return: Promote("credential", Key = "password")]
        IReadOnlyDictionary<string, string> Secret();

        [return: NoCapture, Promote("hidden")]
        IReadOnlyDictionary<string, string> Hidden();

        void Ask([Promote("region"), Promote("area")] string region);
    }

    private sealed class Reports(object result) : IReports
    {
        public object Get() => result;

        public async Task<object> GetAsync()
        {
            await Task.Yield();
            return result;
        }

        public int Rate() => 4;

        public IReadOnlyDictionary<string, string> Secret() => new Dictionary<string, string> { ["password"] = "hunter2" };

        public IReadOnlyDictionary<string, string> Hidden() => new Dictionary<string, string> { ["hidden"] = "value" };

        public void Ask(string region)
        {
        }
    }

    private class OwnReadOnly : IReadOnlyDictionary<string, object?>
    {
        public IEnumerable<string> Keys => Values().Keys;

        IEnumerable<object?> IReadOnlyDictionary<string, object?>.Values => Values().Values;

        public int Count => 2;

        public object? this[string key] => Values()[key];

        public bool ContainsKey(string key) => Values().ContainsKey(key);

        public virtual bool TryGetValue(string key, out object? value) => Values().TryGetValue(key, out value);

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => Values().GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class ThrowingDictionary : OwnReadOnly
    {
        public override bool TryGetValue(string key, out object? value) => throw new NotSupportedException();
    }
}
