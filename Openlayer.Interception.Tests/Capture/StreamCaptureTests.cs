using System.Text;
using System.Text.Json;
using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Tests.Capture;

public sealed class StreamCaptureTests
{
    [Fact]
    public void Text_is_joined()
    {
        Assert.Equal("Hello world", Of<string?>(["Hel", "lo ", null, "wor", "ld"]).ToCaptured());
        Assert.Equal("abc", Of<char>(['a', 'b', 'c']).ToCaptured());
        Assert.Equal("ab", Of<object>(["a", "b"]).ToCaptured());
    }

    [Fact]
    public void A_stream_without_items_is_an_empty_text_or_array()
    {
        Assert.Equal("", Of<string>([]).ToCaptured());
        Assert.Equal("", Of<char>([]).ToCaptured());
        Assert.Equal("[]", Snapshots.Written(Of<int>([]).ToCaptured()));
        Assert.Equal("[]", Snapshots.Written(Of<object>([]).ToCaptured()));
    }

    [Fact]
    public void Items_that_are_not_text_are_an_array()
    {
        Assert.Equal("[1,2]", Snapshots.Written(Of<int>([1, 2]).ToCaptured()));
        Assert.Equal("""["a",{"b":1},null]""", Snapshots.Written(Of<object?>(["a", new { b = 1 }, null]).ToCaptured()));
    }

    [Fact]
    public void An_item_is_captured_when_it_is_added()
    {
        var item = new List<int> { 1 };
        var stream = Of<List<int>>([item]);
        item.Add(2);
        stream.Add(item);
        Assert.Equal("[[1],[1,2]]", Snapshots.Written(stream.ToCaptured()));
    }

    [Fact]
    public void Text_over_the_limit_is_counted_and_no_surrogate_pair_is_split()
    {
        Assert.Equal("abcd… [+5 characters]", Of<string>(["abc", "def", "ghi"], static options => options.MaxStringLength = 4).ToCaptured());
        Assert.Equal("a… [+2 characters]", Of<string>(["a😀"], static options => options.MaxStringLength = 2).ToCaptured());
        Assert.Equal("a… [+2 characters]", Of<char>(['a', '\ud83d', '\ude00'], static options => options.MaxStringLength = 2).ToCaptured());
        Assert.Equal("a😀", Of<char>(['a', '\ud83d', '\ude00'], static options => options.MaxStringLength = 3).ToCaptured());
        Assert.InRange(
            JsonSerializer.SerializeToUtf8Bytes(Of<string>([new string('\u0001', 5_000)], static options => options.MaxBytes = 1024).ToCaptured()!.ToString()).Length,
            500,
            1024);
    }

    [Fact]
    public void Items_over_the_limit_are_counted_and_not_read()
    {
        var read = 0;
        var stream = Of<Counted>([], static options => options.MaxItems = 2);
        for (var index = 0; index < 5; index++)
        {
            stream.Add(new Counted(() => read++));
        }

        Assert.Equal("""[{"Value":1},{"Value":1},"[+3 items]"]""", Snapshots.Written(stream.ToCaptured()));
        Assert.Equal((2, 5L), (read, stream.Count));
        Assert.Equal("""["[+1 items]"]""", Snapshots.Written(Of<int>([1], static options => options.MaxItems = 0).ToCaptured()));
    }

    [Fact]
    public void Items_stay_within_the_byte_limit_and_the_rest_is_counted()
    {
        var stream = Of<object>([1, new { text = new string('x', 400) }, new { text = new string('y', 400) }, new { text = new string('z', 400) }, 5], static options => options.MaxBytes = 1024);
        var json = Snapshots.Written(stream.ToCaptured());
        using var document = JsonDocument.Parse(json);
        Assert.InRange(Encoding.UTF8.GetByteCount(json), 800, 1024);
        Assert.Equal("[+2 items]", document.RootElement[3].GetString());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(300)]
    [InlineData(long.MaxValue)]
    public void The_expected_number_of_items_does_not_change_the_result(long expected)
    {
        var options = new CaptureOptions { MaxItems = 600 };
        foreach (var count in new[] { 0, 1, 4, 5, 256, 257, 601 })
        {
            var items = Enumerable.Range(0, count).ToArray();
            var stream = new StreamCapture<int>(new ValueCapture(new(options), null), new(options), expected);
            Array.ForEach(items, stream.Add);
            Assert.Equal(Snapshots.Written(Of<int>(items, static limits => limits.MaxItems = 600).ToCaptured()), Snapshots.Written(stream.ToCaptured()));
        }
    }

    [Fact]
    public void Room_for_the_expected_items_is_allocated_once()
    {
        var options = new CaptureOptions();
        Assert.InRange(BytesOfFifty(expected: 50), 200, 250);
        Assert.InRange(BytesOfFifty(expected: 0), 600, 700);

        long BytesOfFifty(long expected)
        {
            var stream = new StreamCapture<int>(new ValueCapture(new(options), null), new(options), expected);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var index = 0; index < 50; index++)
            {
                stream.Add(index);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void Text_is_added_without_allocating()
    {
        var stream = Of<string>([], static options => options.MaxStringLength = 100);
        stream.Add(new string('x', 200));
        stream.Add("a");
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var index = 0; index < 100; index++)
        {
            stream.Add("token");
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_secret_that_is_split_over_items_is_masked()
    {
        var key = $"sk-proj-{new string('a', 20)}B1{new string('c', 20)}";
        var deltas = Of(new[] { "The key is ", key[..12], key[12..30], key[30..], " and that is it" }.Select(static text => new { Delta = new { Text = text }, Done = false }));
        var pair = Of<object>([new { Text = "{\"password\":\"hunt" }, new { Text = "er2\",\"user\":\"ada\"}" }]);

        Assert.Equal(
            """[{"Delta":{"Text":"The key is "},"Done":false},{"Delta":{"Text":"[redacted]"},"Done":false},{"Delta":{"Text":""},"Done":false},{"Delta":{"Text":""},"Done":false},{"Delta":{"Text":" and that is it"},"Done":false}]""",
            Snapshots.Written(deltas.ToCaptured()));
        Assert.Equal(
            """[{"Text":"{\"password\":\"[redacted]"},{"Text":"\",\"user\":\"ada\"}"}]""", Snapshots.Written(pair.ToCaptured()));
    }

    [Fact]
    public void Items_that_hold_no_secret_together_stay_as_they_are()
    {
        object[] items = [new { Url = "https://host/?sig=[redacted]", Id = 1.50m }, new { Url = "https://host/b", Tags = new[] { "a", "b" } }, new { Text = "token" }, new { Text = "limit" }];

        Assert.Equal(JsonSerializer.Serialize(items), Snapshots.Written(Of(items).ToCaptured()));
    }

    [Fact]
    public async Task It_can_be_read_while_items_are_added()
    {
        var text = Of<string>([]);
        var items = Of<int>([]);
        using var started = new ManualResetEventSlim();
        var adding = Task.Run(
            () =>
            {
                for (var index = 0; index < 20_000; index++)
                {
                    text.Add("ab");
                    items.Add(index);
                    started.Set();
                }
            },
            TestContext.Current.CancellationToken);
        started.Wait(TestContext.Current.CancellationToken);
        while (!adding.IsCompleted)
        {
            Assert.Equal(0, text.ToCaptured()!.ToString()!.Length % 2);
            using var document = JsonDocument.Parse(Snapshots.Written(items.ToCaptured()));
        }

        await adding;
        Assert.Equal(40_000, text.ToCaptured()!.ToString()!.Length);
        Assert.Equal(20_000, items.Count);
    }

    private static StreamCapture<T> Of<T>(IEnumerable<T> items, Action<CaptureOptions>? configure = null)
    {
        var options = new CaptureOptions();
        configure?.Invoke(options);
        var stream = new StreamCapture<T>(new ValueCapture(new(options), null), new(options));
        foreach (var item in items)
        {
            stream.Add(item);
        }

        return stream;
    }

    private sealed class Counted(Action count)
    {
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
