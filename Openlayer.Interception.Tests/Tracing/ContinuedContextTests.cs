using System.Threading.Channels;
using Openlayer.Interception.Tests.Faults;
using Openlayer.Interception.Tests.Publishing;
using Openlayer.Interception.Tests.Publishing.Buffer;
using Openlayer.Interception.Tests.Services;
using Openlayer.Interception.Tests.Telemetry;

namespace Openlayer.Interception.Tests.Tracing;

/// <summary>Work that the execution context does not reach continues from a context that was captured for it.</summary>
public sealed class ContinuedContextTests
{
    private const string TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private static readonly TimeSpan HungAfter = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, EveryRegistration]
    public async Task The_reader_of_a_queue_continues_the_trace_while_it_is_open(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;
        var queue = Channel.CreateUnbounded<(string Name, TraceContext Context, TaskCompletionSource Done)>();
        var reader = ReadAsync(container, queue.Reader);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(request => work.DoAsync($"{request}", async () =>
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await queue.Writer.WriteAsync(($"job {request}", container.Tracer.CaptureContext(), done), Token);
            await done.Task;
        })));
        queue.Writer.Complete();
        await reader;

        Assert.Equal(
            Enumerable.Range(0, 20).Select(static request => $"{request}(job {request}(inner))").Order(StringComparer.Ordinal),
            (await container.TracesAsync()).Select(static trace => Tree.Of(trace.Root)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_reader_of_a_queue_opens_traces_that_name_the_first_one_once_that_is_complete()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        var queue = Channel.CreateUnbounded<(string Name, TraceContext Context, TaskCompletionSource Done)>();

        using (container.Tracer.BeginSession("ann", "chat 1"))
        {
            container.Work.Do("request", () =>
            {
                Assert.True(queue.Writer.TryWrite(("job", container.Tracer.CaptureContext(), new())));
                container.Tracer.CurrentTrace!.InferenceId = "request-1";
            });
        }

        queue.Writer.Complete();
        await ReadAsync(container, queue.Reader);

        var traces = await container.TracesAsync();
        Assert.Equal(["request", "job(inner)"], traces.Select(static trace => Tree.Of(trace.Root)));
        Assert.Equal("request-1", traces[1].Root.Metadata["continuedFrom"]);
        Assert.Equal(("ann", "chat 1"), (traces[1].UserId, traces[1].SessionId));
    }

    [Fact]
    public async Task A_thread_without_the_flow_of_the_execution_context_continues_the_trace()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);

        container.Work.Do("request", () =>
        {
            var context = container.Tracer.CaptureContext();
            var thread = new Thread(() =>
            {
                container.Work.Do("alone");
                using (container.Tracer.ContinueFrom(context))
                {
                    container.Work.Do("inner");
                }

                Assert.Null(container.Tracer.CurrentStep);
            });
            thread.UnsafeStart();
            thread.Join();
        });

        Assert.Equal("alone; request(inner)", await container.TreesAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_user_and_session_travel_with_or_without_a_trace(bool isInTrace)
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        var context = default(TraceContext);

        using (container.Tracer.BeginSession("ann", "chat 1"))
        {
            if (isInTrace)
            {
                container.Work.Do("request", () => context = container.Tracer.CaptureContext());
            }
            else
            {
                context = container.Tracer.CaptureContext();
            }
        }

        Assert.True(TraceContext.TryParse(context.TraceParent, context.Baggage, out var parsed));
        foreach (var continued in new[] { context, parsed })
        {
            using (container.Tracer.ContinueFrom(continued))
            {
                Assert.Equal(("ann", "chat 1"), (container.Tracer.CurrentUserId, container.Tracer.CurrentSessionId));
                container.Work.Do("job");
            }

            Assert.Equal((null, null), (container.Tracer.CurrentUserId, container.Tracer.CurrentSessionId));
        }

        Assert.All(
            (await container.TracesAsync()).Where(static trace => Tree.Of(trace.Root) == "job"),
            trace => Assert.Equal(("ann", "chat 1", isInTrace), (trace.UserId, trace.SessionId, trace.Root.Metadata.ContainsKey("continuedFrom"))));
    }

    [Fact]
    public async Task Another_process_names_the_trace_that_it_continues_and_has_its_user()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        using var folder = new TemporaryFolder();
        string? traceParent = null, baggage = null;
        using (container.Tracer.BeginSession("Ann Lee, née Ö;=\"%", "chat 1"))
        {
            container.Work.Do("request", () => (traceParent, baggage) = (container.Tracer.CaptureContext().TraceParent, container.Tracer.CaptureContext().Baggage));
        }

        using var host = new TestHost(new Uri(server.Address), folder.Path, 1, 0, $"traceparent={traceParent}", $"baggage={baggage}");
        var row = (await server.NextAsync()).Json.GetProperty("rows")[0];
        await host.ExitAsync().WaitAsync(HungAfter, Token);

        Assert.Equal((await container.TraceAsync()).InferenceId, row.GetProperty("continuedFrom").GetString());
        Assert.Equal("Ann Lee, née Ö;=\"%", row.GetProperty("user_id").GetString());
        Assert.Equal("chat 1", row.GetProperty("session_id").GetString());
    }

    [Fact]
    public async Task Headers_are_those_of_the_W3C()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        var context = default(TraceContext);

        container.Work.Do("request", () =>
        {
            container.Tracer.CurrentTrace!.UserId = "a b";
            container.Tracer.CurrentTrace.InferenceId = "r,1";
            context = container.Tracer.CaptureContext();
        });

        var root = (await container.TraceAsync()).Root.Id.Replace("-", "", StringComparison.Ordinal);
        Assert.Equal($"00-{root}-{root[16..]}-01", context.TraceParent);
        Assert.Equal("openlayer.user_id=a%20b,openlayer.inference_id=r%2C1", context.Baggage);
        Assert.True(TraceContext.TryParse(context.TraceParent, context.Baggage, out var parsed));
        Assert.Equal(context, parsed);
    }

    [Fact]
    public async Task What_is_too_long_or_no_text_of_one_line_is_not_carried()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);

        using (container.Tracer.BeginSession(new string('ä', 400), "chat\r\nX-Admin: yes"))
        {
            Assert.Null(container.Tracer.CaptureContext().Baggage);
        }

        using (container.Tracer.BeginSession(new string('a', 1_900), "\ud800"))
        {
            Assert.Equal($"openlayer.user_id={new string('a', 1_900)},openlayer.session_id=%EF%BF%BD", container.Tracer.CaptureContext().Baggage);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-011")]
    [InlineData("00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01")]
    [InlineData("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("0g-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd-448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData(" 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x")]
    public async Task A_malformed_traceparent_is_ignored(string? header)
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);

        Assert.False(TraceContext.TryParse(header, null, out var context));
        container.Work.Do("request", () =>
        {
            using (container.Tracer.ContinueFrom(context))
            {
                container.Work.Do("inner");
            }
        });

        Assert.Equal(default, context);
        Assert.Equal("request(inner)", await container.TreesAsync());
    }

    [Theory]
    [InlineData(TraceParent)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03")]
    [InlineData("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more")]
    [InlineData("fe-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-09")]
    public async Task A_traceparent_of_another_library_gives_its_trace_id_to_the_row_and_names_no_row(string header)
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);

        Assert.True(TraceContext.TryParse(header, "key=value", out var context));
        using (container.Tracer.ContinueFrom(context))
        {
            container.Work.Do("request");
        }

        var row = Row.Of(await container.TraceAsync());
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", row.GetProperty("traceId").GetString());
        Assert.Equal("b7ad6b7169203331", row.GetProperty("parentSpanId").GetString());
        Assert.False(row.TryGetProperty("continuedFrom", out _));
    }

    [Theory]
    [InlineData("openlayer.user_id=ann", "ann")]
    [InlineData("a=1,openlayer.user_id=ann;secret=no,b=2", "ann")]
    [InlineData(" a = 1 ,\topenlayer.user_id = a%20b ; p ", "a b")]
    [InlineData("openlayer.user_id=a=b", "a=b")]
    [InlineData("openlayer.user_id=,openlayer.user_id=ann,openlayer.user_id=bob", "ann")]
    [InlineData("openlayer.user_id=%E2%82%AC", "€")]
    [InlineData("openlayer.user_id", null)]
    [InlineData("openlayer.user_id=%", null)]
    [InlineData("openlayer.user_id=%4", null)]
    [InlineData("openlayer.user_id=%zz", null)]
    [InlineData("openlayer.user_id=% 1", null)]
    [InlineData("openlayer.user_id=%ff", null)]
    [InlineData("openlayer.user_id=%0D%0AX-Admin:yes", null)]
    [InlineData("openlayer.user_id=a\"b", null)]
    [InlineData("openlayer.user_id=a b", null)]
    [InlineData("openlayer.user_id=ä", null)]
    [InlineData("Openlayer.User_Id=ann", null)]
    [InlineData(",,,;;;===", null)]
    public void Baggage_is_read_strictly(string header, string? userId)
    {
        Assert.Equal(userId is not null, TraceContext.TryParse(null, header, out var context));
        Assert.Equal(userId is null ? null : $"openlayer.user_id={Uri.EscapeDataString(userId)}", context.Baggage);
    }

    [Fact]
    public void Baggage_that_is_too_long_is_ignored()
    {
        Assert.False(TraceContext.TryParse(null, $"openlayer.user_id=ann,a={new string('a', 8_192)}", out _));
        Assert.False(TraceContext.TryParse(null, $"openlayer.user_id={new string('a', 1_901)}", out _));
        Assert.True(TraceContext.TryParse(null, $"{new string(',', 100)}openlayer.user_id=ann", out _));
        Assert.False(TraceContext.TryParse(null, $"{new string(',', 8_000)}openlayer.user_id=ann", out _));
    }

    [Fact]
    public async Task A_malformed_header_does_not_take_the_other_with_it()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);

        Assert.True(TraceContext.TryParse("nonsense", "openlayer.user_id=ann,openlayer.inference_id=r", out var context));
        using (container.Tracer.ContinueFrom(context))
        {
            container.Work.Do("request");
        }

        var trace = await container.TraceAsync();
        Assert.Equal(("ann", false), (trace.UserId, trace.Root.Metadata.ContainsKey("continuedFrom")));
    }

    [Fact]
    public async Task What_continues_from_a_request_that_was_not_sampled_is_silent_while_the_request_runs_and_sampled_after()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, static options => options.SamplingRate = 0);
        var context = default(TraceContext);

        container.Work.Do("request", () =>
        {
            context = container.Tracer.CaptureContext();
            container.Options.SamplingRate = 1;
            Continue("during");
        });
        Continue("after");

        Assert.Null(context.TraceParent);
        Assert.Equal("after", await container.TreesAsync());

        void Continue(string name)
        {
            var thread = new Thread(() =>
            {
                using (container.Tracer.ContinueFrom(context))
                {
                    container.Work.Do(name);
                }
            });
            thread.UnsafeStart();
            thread.Join();
        }
    }

    [Fact]
    public async Task Scopes_may_be_disposed_in_any_order_and_more_than_once()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        var tracer = container.Tracer;
        var context = default(TraceContext);
        using (var first = tracer.StartStep("first"))
        {
            context = tracer.CaptureContext();
            using (var second = tracer.StartStep("second"))
            {
                var outer = tracer.ContinueFrom(context);
                var inner = tracer.ContinueFrom(context);
                var step = tracer.StartStep("child of first");
                outer.Dispose();
                outer.Dispose();
                inner.Dispose();
                Assert.Equal("child of first", tracer.CurrentStep!.Name);
                step.Dispose();
                inner.Dispose();
                Assert.Equal("second", tracer.CurrentStep!.Name);
            }

            Assert.Equal("first", tracer.CurrentStep!.Name);
        }

        Assert.Null(tracer.CurrentStep);
        Assert.Equal("first(second, child of first)", await container.TreesAsync());
    }

    [Fact]
    public async Task A_context_of_another_tracer_is_named_and_not_joined()
    {
        await using var first = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        await using var second = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);

        first.Work.Do("request", () =>
        {
            using (second.Tracer.ContinueFrom(first.Tracer.CaptureContext()))
            {
                second.Work.Do("other");
            }
        });

        Assert.Equal("request", await first.TreesAsync());
        Assert.Equal((await first.TraceAsync()).InferenceId, (await second.TraceAsync()).Root.Metadata["continuedFrom"]);
    }

    [Fact]
    public async Task A_context_does_not_keep_a_complete_trace_alive()
    {
        await using var container = new TracedContainer(static _ => { }, static options => options.Publishers.Clear());
        var (context, trace) = Capture(container.Tracer);
        using var continued = container.Tracer.ContinueFrom(context);
        await container.Tracer.FlushAsync(Token);

        await TracedApplication.UntilAsync(() =>
        {
            GC.Collect();
            return Task.FromResult(!trace.IsAlive);
        });
        Assert.NotNull(context.TraceParent);

        static (TraceContext Context, WeakReference Trace) Capture(OpenlayerTracer tracer)
        {
            using var scope = tracer.StartStep("request");
            return (tracer.CaptureContext(), new WeakReference(scope.Step.Trace));
        }
    }

    [Fact]
    public async Task Contexts_are_captured_and_continued_while_the_tracer_is_off_or_disposed()
    {
        var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, static options => options.Enabled = false);
        using (container.Tracer.ContinueFrom(container.Tracer.CaptureContext()))
        {
            container.Work.Do("off");
        }

        await container.DisposeAsync();
        using (container.Tracer.ContinueFrom(container.Tracer.CaptureContext()))
        {
        }
    }

    private static async Task ReadAsync(TracedContainer container, ChannelReader<(string Name, TraceContext Context, TaskCompletionSource Done)> queue)
    {
        await foreach (var (name, context, done) in queue.ReadAllAsync(Token))
        {
            using (container.Tracer.ContinueFrom(context))
            {
                await container.Work.DoAsync(name, async () =>
                {
                    await Task.Yield();
                    container.Work.Do("inner");
                });
            }

            done.SetResult();
        }
    }
}
