using System.Text;
using System.Text.Json;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.ModelClients.Proxies;
using Openlayer.Interception.Streaming;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Tests.ModelClients.Proxies;

public sealed class ServerSentEventStreamTests
{
    private const string Events = "event: delta\r\ndata: {\"text\":\"Pa\"}\r\n\r\n: keep-alive\n\ndata:{\"text\":\"ris\"}\n\ndata: [DONE]\n\n";

    private readonly RecordingObserver _observer = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(4096)]
    public async Task Events_are_observed_however_reads_split_them_and_the_reader_gets_every_byte(int readLength)
    {
        await using var stream = Observe(new Pieces(Encoding.UTF8.GetBytes(Events), readLength));

        Assert.Equal(Events, await ReadToEndAsync(stream));

        Assert.Equal(["""{"text":"Pa"}""", """{"text":"ris"}"""], _observer.Items);
        Assert.Equal([StreamEnd.Exhausted], _observer.Ends);
    }

    [Fact]
    public void A_synchronous_reader_is_observed_too()
    {
        using var stream = Observe(Encoding.UTF8.GetBytes(Events));
        using var reader = new StreamReader(stream);

        Assert.Equal(Events, reader.ReadToEnd());

        Assert.Equal(2, _observer.Items.Count);
        Assert.Equal([StreamEnd.Exhausted], _observer.Ends);
    }

    [Fact]
    public async Task An_events_data_can_span_lines()
    {
        await ReadAsync("data: {\"text\":\ndata: \"Paris\"}\n\n");

        Assert.Equal("""{"text":"Paris"}""", JsonSerializer.Serialize(JsonElement.Parse(Assert.Single(_observer.Items))));
    }

    [Fact]
    public async Task The_last_event_can_lack_its_blank_line()
    {
        await ReadAsync("data: 1\n\ndata: 2");

        Assert.Equal(["1", "2"], _observer.Items);
        Assert.Equal([StreamEnd.Exhausted], _observer.Ends);
    }

    [Theory]
    [InlineData("\n", 1)]
    [InlineData("\r\n", 1)]
    [InlineData("\r", 1)]
    [InlineData("\n", 100)]
    [InlineData("\r\n", 100)]
    [InlineData("\r", 100)]
    public async Task Lines_can_end_in_each_way_and_a_byte_order_mark_is_skipped(string end, int readLength)
    {
        var body = $"\uFEFFdata: {{\"a\":{end}data: 1}}{end}{end}: comment{end}{end}event: b{end}data: 2{end}{end}{end}data: 3{end}{end}";
        await using var stream = Observe(new Pieces(Encoding.UTF8.GetBytes(body), readLength));
        var received = new MemoryStream();

        await stream.CopyToAsync(received, Cancellation);

        Assert.Equal(body, Encoding.UTF8.GetString(received.ToArray()));
        Assert.Equal(["{\"a\":\n1}", "2", "3"], _observer.Items);
    }

    [Theory]
    [InlineData(": comment\n\n")]
    [InlineData("event: ping\nid: 7\nretry: 10\n\n")]
    [InlineData("data:\n\n")]
    [InlineData("data: not JSON\n\n")]
    [InlineData("data: {\"text\":")]
    [InlineData("\n\n\r\n")]
    [InlineData("")]
    public async Task What_is_not_JSON_data_is_not_observed(string body)
    {
        await ReadAsync(body);

        Assert.Empty(_observer.Items);
        Assert.Equal([StreamEnd.Exhausted], _observer.Ends);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_event_over_the_limit_reaches_the_reader_but_not_the_observer(int lines)
    {
        var text = new string('x', ServerSentEventStream.MaxEventBytes / lines);
        var tooLong = string.Concat(Enumerable.Repeat($"data: \"{text}\"\n", lines));
        var body = $"data: 1\n\n{tooLong}\ndata: 2\n\n";

        await using var stream = Observe(new Pieces(Encoding.UTF8.GetBytes(body), 100_000));

        Assert.Equal(body.Length, (await ReadToEndAsync(stream)).Length);
        Assert.Equal(["1", "2"], _observer.Items);
    }

    [Fact]
    public async Task After_the_final_event_nothing_is_observed()
    {
        await ReadAsync("data: 1\n\ndata: [DONE]\n\ndata: 2\n\n");

        Assert.Equal(["1"], _observer.Items);
        Assert.Equal([StreamEnd.Exhausted], _observer.Ends);
    }

    [Fact]
    public async Task A_reader_that_leaves_early_ends_the_stream_with_the_events_it_has_seen()
    {
        var stream = Observe(Encoding.UTF8.GetBytes("data: 1\n\ndata: 2\n"));
        Assert.NotEqual(0, await stream.ReadAsync(new byte[100], Cancellation));

        await stream.DisposeAsync();

        Assert.Equal(["1", "2"], _observer.Items);
        Assert.Equal(StreamEnd.LeftEarly, _observer.Ends[0]);
    }

    [Fact]
    public async Task A_reader_that_is_cancelled_between_two_reads_ends_the_stream_as_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var stream = Observe(Encoding.UTF8.GetBytes(Events));
        Assert.NotEqual(0, await stream.ReadAsync(new byte[20], cancellation.Token));
        await cancellation.CancelAsync();

        await stream.DisposeAsync();

        Assert.Equal(StreamEnd.Canceled, _observer.Ends[0]);
    }

    [Fact]
    public async Task A_connection_that_breaks_throws_the_same_exception_and_ends_the_stream_as_failed()
    {
        var thrown = new IOException("broken");
        var stream = Observe(new Pieces(Encoding.UTF8.GetBytes("data: 1\n\n"), 100, thrown));
        Assert.NotEqual(0, await stream.ReadAsync(new byte[100], Cancellation));

        var exception = await Assert.ThrowsAsync<IOException>(() => ReadToEndAsync(stream));

        Assert.Same(thrown, exception);
        Assert.Equal((StreamEnd.Failed, thrown), (_observer.Ends[0], _observer.Failure));
    }

    [Fact]
    public async Task An_empty_read_is_not_the_end()
    {
        await using var stream = Observe(Encoding.UTF8.GetBytes(Events));

        var read = await stream.ReadAsync(Memory<byte>.Empty, Cancellation);

        Assert.Equal(0, read);
        Assert.Empty(_observer.Ends);
    }

    private static async Task<string> ReadToEndAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, leaveOpen: true);
        return await reader.ReadToEndAsync(Cancellation);
    }

    private async Task ReadAsync(string body)
    {
        await using var stream = Observe(Encoding.UTF8.GetBytes(body));
        Assert.Equal(body, await ReadToEndAsync(stream));
    }

    private ServerSentEventStream Observe(byte[] body) => Observe(new MemoryStream(body));

    private ServerSentEventStream Observe(Stream body) => new(body, new(_observer));

    /// <summary>A body of which a read returns at most a number of bytes, and which can break at its end.</summary>
    private sealed class Pieces(byte[] bytes, int readLength, IOException? failure = null) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, readLength)]);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            failure is not null && Position == Length ? throw failure : base.ReadAsync(buffer[..Math.Min(buffer.Length, readLength)], cancellationToken);
    }

    private sealed class RecordingObserver() : StreamObserver<JsonElement>(new InternalLog(null))
    {
        public List<string> Items { get; } = [];

        public List<StreamEnd> Ends { get; } = [];

        public Exception? Failure { get; private set; }

        public override AmbientScope Scope => default;

        public override void OnMoveNext()
        {
        }

        protected override void RecordItem(JsonElement item) => Items.Add(item.GetRawText());

        protected override void RecordEnd(StreamEnd end, Exception? failure)
        {
            // Only the first call counts.
            if (Ends.Count == 0)
            {
                Ends.Add(end);
                Failure = failure;
            }
        }

        protected override StreamObserver<JsonElement> CreateNext() => this;
    }
}
