using System.Diagnostics;
using System.Text.Json;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Telemetry;

/// <summary>Two services, each with a tracer of its own, that are connected by headers only.</summary>
public sealed class ContinuedTraceTests : IAsyncLifetime
{
    private readonly TracedContainer _first = new(RegistrationStyle.InterfaceProxySingleton);
    private readonly TracedContainer _second = new(RegistrationStyle.InterfaceProxySingleton);

    public ValueTask InitializeAsync()
    {
        Activity.Current = null;
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task The_rows_of_two_services_share_the_trace_id_of_the_activity_that_the_first_one_runs_in()
    {
        using var request = Start("request");

        var headers = Call(_first);
        request.Stop();
        Receive(_second, headers);

        var (first, second) = (Row.Of(await _first.TraceAsync()), Row.Of(await _second.TraceAsync()));
        Assert.Equal(request.Id, headers.TraceParent);
        Assert.Equal(request.TraceId.ToHexString(), Text(first, "traceId"));
        Assert.Equal(request.TraceId.ToHexString(), Text(second, "traceId"));
        Assert.Equal(request.SpanId.ToHexString(), Text(second, "parentSpanId"));
        Assert.Equal(Text(first, "inferenceId"), Text(second, "continuedFrom"));
    }

    [Fact]
    public async Task The_rows_of_services_outside_any_activity_share_the_trace_id_that_the_first_one_makes()
    {
        await using var third = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);

        var headers = Call(_first);
        var more = Receive(_second, headers);
        Receive(third, more);

        JsonElement[] rows = [Row.Of(await _first.TraceAsync()), Row.Of(await _second.TraceAsync()), Row.Of(await third.TraceAsync())];
        Assert.Equal(headers.TraceParent, $"00-{Text(rows[0], "traceId")}-{Text(rows[0], "spanId")}-01");
        Assert.Equal(more.TraceParent, $"00-{Text(rows[0], "traceId")}-{Text(rows[1], "spanId")}-01");
        Assert.All(rows, row => Assert.Equal(Text(rows[0], "traceId"), Text(row, "traceId")));
        Assert.Equal([null, Text(rows[0], "spanId"), Text(rows[1], "spanId")], rows.Select(static row => Text(row, "parentSpanId")));
        Assert.Equal([null, Text(rows[0], "inferenceId"), Text(rows[1], "inferenceId")], rows.Select(static row => Text(row, "continuedFrom")));
    }

    [Fact]
    public async Task A_roots_span_continues_the_callers_span_where_no_activity_runs()
    {
        using var spans = new RecordedSpans();
        var headers = Call(_first);
        spans.Request.Stop();

        Receive(_second, headers);

        Assert.Equal("request(IWork.Do(IWork.Do))", spans.Tree);
        var row = Row.Of(await _second.TraceAsync());
        Assert.Equal(spans.Ended[0].SpanId.ToHexString(), Text(row, "parentSpanId"));
        Assert.Equal(spans.Ended[1].SpanId.ToHexString(), Text(row, "spanId"));
    }

    [Theory]
    [InlineData("00", "00")]
    [InlineData("01", "01")]
    [InlineData("03", "01")]
    [InlineData("0a", "00")]
    [InlineData("ff", "01")]
    public void Whether_the_caller_records_its_trace_is_carried_on(string flags, string carried)
    {
        Assert.True(TraceContext.TryParse($"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-{flags}", null, out var context));

        using (_second.Tracer.ContinueFrom(context))
        {
            Assert.Equal($"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-{carried}", _second.Tracer.CaptureContext().TraceParent);
        }
    }

    [Fact]
    public async Task An_activity_that_runs_is_nearer_than_the_caller()
    {
        var headers = Call(_first);
        using var spans = new RecordedSpans();

        Receive(_second, headers);

        Assert.Equal("request(IWork.Do)", spans.Tree);
        var row = Row.Of(await _second.TraceAsync());
        Assert.Equal(spans.Request.TraceId.ToHexString(), Text(row, "traceId"));
        Assert.Equal((await _first.TraceAsync()).InferenceId, Text(row, "continuedFrom"));
    }

    [Fact]
    public async Task A_row_names_the_callers_span_also_from_within_the_services_own_activities()
    {
        using var request = new Activity("request").SetParentId("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").Start();
        using var middleware = Start("middleware");

        _second.Work.Do("root");

        var row = Row.Of(await _second.TraceAsync());
        Assert.Equal(("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"), (Text(row, "traceId"), Text(row, "parentSpanId")));
        Assert.Equal(middleware.SpanId.ToHexString(), Text(row, "spanId"));
    }

    [Fact]
    public async Task The_activity_of_the_captured_code_is_current_for_a_reader_without_one_while_it_runs()
    {
        using var request = Start("request");
        var context = default(TraceContext);
        _first.Work.Do("root", () => context = _first.Tracer.CaptureContext());
        Activity? during = null, after = request;

        OnThread(() =>
        {
            using (_first.Tracer.ContinueFrom(context))
            {
                during = Activity.Current;
                _first.Work.Do("job");
            }

            after = Activity.Current;
        });
        request.Stop();
        OnThread(() =>
        {
            using (_first.Tracer.ContinueFrom(context))
            {
                Assert.Null(Activity.Current);
                _first.Work.Do("late job");
            }
        });

        Assert.Same(request, during);
        Assert.Null(after);
        var rows = (await _first.TracesAsync()).Select(Row.Of).ToArray();
        Assert.All(rows, row => Assert.Equal(request.TraceId.ToHexString(), Text(row, "traceId")));
        Assert.Equal([null, null, request.SpanId.ToHexString()], rows.Select(static row => Text(row, "parentSpanId")));
    }

    [Fact]
    public async Task A_step_of_a_reader_is_a_span_under_the_step_that_it_joins()
    {
        using var spans = new RecordedSpans();
        _first.Work.Do("root", () =>
        {
            var context = _first.Tracer.CaptureContext();
            OnThread(() =>
            {
                using (_first.Tracer.ContinueFrom(context))
                {
                    _first.Work.Get("job", static () => 1);
                }
            });
        });

        Assert.Equal("request(IWork.Do(IWork.Get<int>))", spans.Tree);
        Assert.Equal("root(job)", await _first.TreesAsync());
    }

    [Fact]
    public async Task A_context_outside_any_trace_carries_the_activity()
    {
        using var request = Start("request");
        var context = _first.Tracer.CaptureContext();
        request.Stop();
        Activity.Current = null;

        Receive(_second, (context.TraceParent, context.Baggage));

        Assert.Equal((request.Id, null), (context.TraceParent, context.Baggage));
        Assert.Equal(request.TraceId.ToHexString(), Text(Row.Of(await _second.TraceAsync()), "traceId"));
    }

    [Fact]
    public async Task A_trace_whose_context_nobody_captures_has_no_ids_of_an_activity()
    {
        _first.Work.Do("root");

        Assert.Null(Text(Row.Of(await _first.TraceAsync()), "traceId"));
    }

    private static Activity Start(string name) => new Activity(name).SetIdFormat(ActivityIdFormat.W3C).Start();

    private static (string? TraceParent, string? Baggage) Call(TracedContainer service)
    {
        var context = default(TraceContext);
        service.Work.Do("caller", () => context = service.Tracer.CaptureContext());
        return (context.TraceParent, context.Baggage);
    }

    private static (string? TraceParent, string? Baggage) Receive(TracedContainer service, (string? TraceParent, string? Baggage) headers)
    {
        Assert.True(TraceContext.TryParse(headers.TraceParent, headers.Baggage, out var caller));
        using (service.Tracer.ContinueFrom(caller))
        {
            return Call(service);
        }
    }

    private static void OnThread(Action run)
    {
        var thread = new Thread(() => run());
        thread.UnsafeStart();
        thread.Join();
    }

    private static string? Text(JsonElement row, string name) => row.TryGetProperty(name, out var column) ? column.GetString() : null;
}
