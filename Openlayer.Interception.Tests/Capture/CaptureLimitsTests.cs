using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Tests.Capture;

public sealed class CaptureLimitsTests
{
    [Fact]
    public void A_long_string_is_cut_and_ends_in_a_placeholder()
    {
        Assert.Equal("abc… [+1234 characters]", Capture("abc" + new string('d', 1234), static options => options.MaxStringLength = 3));
        Assert.Equal("… [+1 characters]", Capture("a", static options => options.MaxStringLength = 0));
        Assert.Equal("""["ab… [+1 characters]"]""", Snapshots.Of(new[] { "abc" }, static options => options.MaxStringLength = 2));
    }

    [Fact]
    public void A_cut_does_not_split_a_surrogate_pair()
    {
        Assert.Equal("a… [+2 characters]", Capture("a😀", static options => options.MaxStringLength = 2));
        Assert.Equal("""["a… [+2 characters]"]""", Snapshots.Of(new[] { "a😀" }, static options => options.MaxStringLength = 2));
        Assert.Equal("a😀", Capture("a😀", static options => options.MaxStringLength = 3));
    }

    [Fact]
    public void Items_and_entries_over_the_limit_are_counted()
    {
        Assert.Equal("""[0,1,"[+900 items]"]""", Two(new int[902].Select(static (_, index) => index).ToArray()));
        Assert.Equal("""[0,0,"[+3 items]"]""", Two(new Memory<int>(new int[5])));
        Assert.Equal("""[[0,0,"[+1 items]"],[0,0,"[+1 items]"],"[+1 items]"]""", Two(new int[3, 3]));
        Assert.Equal("""{"a":1,"b":2,"…":"[+1 entries]"}""", Two(new Dictionary<string, int> { ["a"] = 1, ["b"] = 2, ["c"] = 3 }));
        Assert.Equal("""{"a":1,"b":2,"…":"[+2 entries]"}""", Two(JsonDocument.Parse("""{"a":1,"b":2,"c":3,"d":4}""")));
        Assert.Equal("""{"a":1,"b":2,"…":"[+2 entries]"}""", Two(JsonNode.Parse("""{"a":1,"b":2,"c":3,"d":4}""")));
        Assert.Equal("""[1,2,"[+1 items]"]""", Two(JsonDocument.Parse("[1,2,3]")));
        Assert.Equal("""[1,2,"[+1 items]"]""", Two(JsonNode.Parse("[1,2,3]")));
        Assert.Equal("""["[+1 items]"]""", Snapshots.Of(new[] { 1 }, static options => options.MaxItems = 0));
        Assert.Equal("""{"a":1,"b":2,"c":3}""", Two(new { a = 1, b = 2, c = 3 }));

        static string Two(object? value) => Snapshots.Of(value, static options => options.MaxItems = 2);
    }

    [Fact]
    public void A_value_below_the_depth_limit_becomes_a_placeholder()
    {
        Assert.Equal("""{"a":{"b":"[depth limit]","c":1}}""", Two(new { a = new { b = new { }, c = 1 } }));
        Assert.Equal("""[["[depth limit]",1]]""", Two(new object[] { new object[] { Array.Empty<int>(), 1 } }));
        Assert.Equal("""{"a":{"b":"[depth limit]"}}""", Two(JsonDocument.Parse("""{"a":{"b":{"c":1}}}""")));
        Assert.Equal("""{"a":{"b":"[depth limit]"}}""", Two(JsonNode.Parse("""{"a":{"b":{"c":1}}}""")));

        static string Two(object? value) => Snapshots.Of(value, static options => options.MaxDepth = 2);
    }

    [Fact]
    public void The_stack_does_not_overflow_at_any_depth()
    {
        object deep = 1;
        for (var depth = 0; depth < 200_000; depth++)
        {
            deep = new[] { deep };
        }

        var json = Snapshots.Of(deep, static options =>
        {
            options.MaxDepth = int.MaxValue;
            options.MaxBytes = int.MaxValue / 4;
        });
        Assert.Contains(Placeholders.DepthLimit, json, StringComparison.Ordinal);
    }

    [Fact]
    public void When_the_room_ends_the_json_is_valid_and_each_incomplete_place_has_a_placeholder()
    {
        var value = new
        {
            first = "x",
            list = Enumerable.Range(0, 10_000).Select(static index => new { index, text = "some text" }).ToArray(),
            last = 1,
        };
        var json = Small(value);
        using var document = JsonDocument.Parse(json);
        Assert.InRange(Encoding.UTF8.GetByteCount(json), 900, 1024);
        var list = document.RootElement.GetProperty("list");
        Assert.Equal("[size limit]", list[list.GetArrayLength() - 1].GetString());
        Assert.Equal("[size limit]", document.RootElement.GetProperty("…").GetString());
        Assert.False(document.RootElement.TryGetProperty("last", out _));
    }

    [Fact]
    public void A_string_is_cut_when_the_room_ends()
    {
        Assert.EndsWith(" characters]", (string?)Capture(new string('x', 5_000), Small), StringComparison.Ordinal);
        var json = Small(new[] { new string('x', 600), new string('y', 600), "z" });
        Assert.Matches("""^\["x{600}","y+… \[\+\d+ characters\]","\[size limit\]"\]$""", json);
        var texts = Small(new[] { new string('\u0001', 400), "a" });
        Assert.InRange(Encoding.UTF8.GetByteCount(texts), 800, 1024);
    }

    [Fact]
    public void A_name_that_does_not_fit_ends_the_object()
    {
        Assert.Equal("""{"a":1,"…":"[size limit]"}""", Small(new Dictionary<string, int> { ["a"] = 1, [new string('k', 2_000)] = 2, ["b"] = 3 }));
    }

    [Fact]
    public void No_getter_runs_when_there_is_no_room_for_its_value()
    {
        var calls = 0;
        Assert.Matches("""^\{"Text":"x+… \[\+\d+ characters\]","…":"\[size limit\]"\}$""", Small(new Counted(() => calls++)));
        Assert.Equal(0, calls);
    }

    [Fact]
    public void A_deep_snapshot_can_be_read()
    {
        object deep = 1;
        for (var depth = 0; depth < 200; depth++)
        {
            deep = new[] { deep };
        }

        var element = Assert.IsType<CapturedJson>(Capture(deep, static options => options.MaxDepth = 200)).Element;
        while (element.ValueKind == JsonValueKind.Array)
        {
            element = element[0];
        }

        Assert.Equal(1, element.GetInt32());
    }

    private static string Small(object? value) => Snapshots.Of(value, Small);

    private static void Small(CaptureOptions options) => options.MaxBytes = 1024;

    private static object? Capture(object? value, Action<CaptureOptions> configure)
    {
        var options = new CaptureOptions();
        configure(options);
        var captured = new ValueCapture(new(options), null).Capture(value);
        return captured is CapturedText text ? text.Value : captured;
    }

    private sealed class Counted(Action count)
    {
        public string Text => new('x', 2_000);

        public int Value
        {
            get
            {
                count();
                return 1;
            }
        }
    }
}
