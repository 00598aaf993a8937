using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Tracing;

/// <summary>A trace holds a limited number of steps and bytes, and says what it had no room for.</summary>
public sealed class TraceLimitTests
{
    private const int Kilobyte = 1024;

    [Theory, EveryRegistration]
    public async Task Steps_beyond_the_limit_run_and_are_counted_on_the_root(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration, static options => options.MaxTraceSteps = 3);
        var work = container.Work;
        var calls = 0;

        work.Do("request", () =>
        {
            for (var call = 0; call < 10; call++)
            {
                work.Do($"{call}", () => work.Do("inner", () => calls++));
            }
        });

        Assert.Equal(10, calls);
        Assert.Equal("request(0(inner))", await container.TreesAsync());
        Assert.Equal(18L, (await container.TraceAsync()).Root.Metadata["omittedSteps"]);
    }

    [Theory, EveryRegistration]
    public async Task Every_kind_of_call_beyond_the_limit_behaves_as_always(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration, static options => options.MaxTraceSteps = 1);
        var work = container.Work;

        await work.DoAsync("request", async () =>
        {
            Assert.Equal(1, work.Get("get", () => 1));
            await work.DoAsync("task", async () => await Task.Yield());
            await work.DoValueAsync("value task", async () => await Task.Yield());
            await Assert.ThrowsAsync<FormatException>(() => work.DoAsync("failure", () => throw new FormatException()));
            var items = 0;
            await foreach (var _ in work.Stream("stream", Produce))
            {
                items++;
            }

            Assert.Equal(2, items);
            using var scope = container.Tracer.StartStep("by hand", StepType.Tool);
            Assert.IsType<ToolStep>(scope.Step).Output = "not published";
            Assert.Equal("request", container.Current);
        });
        work.Do("next");

        Assert.Equal("request; next", await container.TreesAsync());
        Assert.Equal(7L, (await container.TracesAsync())[0].Root.Metadata["omittedSteps"]);

        async IAsyncEnumerable<int> Produce()
        {
            yield return 1;
            await Task.Yield();
            work.Do("in the stream");
            yield return 2;
        }
    }

    [Fact]
    public async Task Work_that_was_omitted_and_outlives_its_trace_opens_traces_of_its_own()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, static options => options.MaxTraceSteps = 1);
        var work = container.Work;
        var gate = new TaskCompletionSource();
        var loop = Task.CompletedTask;

        work.Do("request", () => loop = work.DoAsync("omitted", async () =>
        {
            await gate.Task;
            work.Do("tick");
            work.Do("tick");
        }));
        gate.SetResult();
        await loop;

        Assert.Equal("request; tick; tick", await container.TreesAsync());
    }

    [Fact]
    public async Task Parallel_calls_stay_within_the_limit_and_are_all_counted()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, static options => options.MaxTraceSteps = 100);
        var work = container.Work;

        await work.DoAsync("request", () => Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var call = 0; call < 500; call++)
            {
                work.Do("call", () => work.Do("inner"));
            }
        }))));

        var root = (await container.TraceAsync()).Root;
        var steps = Count(root);
        Assert.Equal(100, steps);
        Assert.Equal((8 * 500 * 2) + 1L - steps, root.Metadata["omittedSteps"]);
    }

    [Fact]
    public async Task A_deep_chain_of_calls_stays_within_the_limit()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, static options => options.MaxTraceSteps = 50);
        var work = container.Work;

        void Descend(int depth) => work.Do("call", () =>
        {
            if (depth > 1)
            {
                Descend(depth - 1);
            }
        });
        Descend(400);

        var root = (await container.TraceAsync()).Root;
        Assert.Equal(50, Count(root));
        Assert.Equal(350L, root.Metadata["omittedSteps"]);
    }

    public static TheoryData<string> LongTexts => ["failures", "names", "failed streams", "items of one stream", "sessions"];

    [Theory]
    [MemberData(nameof(LongTexts))]
    public async Task Long_texts_of_every_origin_stay_within_the_limit(string origin)
    {
        const int Limit = 100 * Kilobyte;
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, static options => options.MaxTraceBytes = Limit);
        var work = container.Work;
        var text = string.Concat(Enumerable.Repeat("plain words ", Kilobyte));

        await work.DoAsync("request", async () =>
        {
            for (var number = 0; number < 40; number++)
            {
                switch (origin)
                {
                    case "failures":
                        Assert.Throws<FormatException>(() => work.Do("call", () => throw new FormatException(text)));
                        break;
                    case "names":
                        container.Tracer.StartStep($"{number} {text}").Dispose();
                        break;
                    case "failed streams":
                        await Assert.ThrowsAsync<FormatException>(() => ReadAsync(work.Stream("stream", () => Failing(text))));
                        break;
                    case "items of one stream" when number == 0:
                        await ReadAsync(work.Stream("stream", () => Texts(text)));
                        break;
                    case "sessions":
                        using (container.Tracer.BeginSession(null, text))
                        {
                            work.Do(text);
                        }

                        break;
                }
            }
        });

        Assert.InRange((await container.TraceAsync()).EstimatedBytes, 0, Limit * 1.1);

        static async Task ReadAsync(IAsyncEnumerable<string> texts)
        {
            await foreach (var item in texts)
            {
                Assert.NotEmpty(item);
            }
        }

        static async IAsyncEnumerable<string> Failing(string text)
        {
            yield return "one";
            await Task.Yield();
            throw new FormatException(text);
        }

        static async IAsyncEnumerable<string> Texts(string text)
        {
            for (var number = 0; number < 100; number++)
            {
                await Task.Yield();
                yield return text;
            }
        }
    }

    private static int Count(Step step) => 1 + step.Steps.Sum(Count);

    public static TheoryData<string> Values =>
    [
        "output", "ground truth", "input", "metadata", "column", "raw output", "model parameter", "documents", "arguments", "handoff",
        "context", "question", "many metadata", "many columns", "many inputs", "outputs of calls", "arguments of calls", "streams",
    ];

    [Theory]
    [MemberData(nameof(Values))]
    public async Task Values_beyond_the_limit_are_left_out_and_counted(string place)
    {
        const int Limit = 100 * Kilobyte;
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, static options => options.MaxTraceBytes = Limit);
        var text = new string('x', 10 * Kilobyte);

        using (container.Tracer.StartStep("root"))
        {
            for (var number = 0; number < 40; number++)
            {
                await SetAsync(container, place, text, number);
            }
        }

        var trace = await container.TraceAsync();
        Assert.InRange(trace.EstimatedBytes, 0, Limit * 1.1);
        Assert.True(trace.Root.Metadata.ContainsKey("omittedValues") || trace.Root.Metadata.ContainsKey("omittedSteps"));
    }

    private static async Task SetAsync(TracedContainer container, string place, string text, int number)
    {
        var root = container.Tracer.CurrentStep!;
        var trace = container.Tracer.CurrentTrace!;
        switch (place)
        {
            case "output":
                using (var scope = container.Tracer.StartStep("step"))
                {
                    scope.Step.Output = text;
                }

                break;
            case "ground truth":
                using (var scope = container.Tracer.StartStep("step"))
                {
                    scope.Step.GroundTruth = text;
                }

                break;
            case "input":
                using (var scope = container.Tracer.StartStep("step"))
                {
                    scope.Step.Inputs["text"] = text;
                }

                break;
            case "metadata":
                using (var scope = container.Tracer.StartStep("step"))
                {
                    scope.Step.Metadata["text"] = text;
                }

                break;
            case "column":
                trace.Metadata[$"{number}"] = text;
                break;
            case "raw output":
                using (var scope = container.Tracer.StartStep("step", StepType.ChatCompletion))
                {
                    ((ModelStep)scope.Step).RawOutput = text;
                }

                break;
            case "model parameter":
                using (var scope = container.Tracer.StartStep("step", StepType.Embedding))
                {
                    ((ModelStep)scope.Step).ModelParameters = new Dictionary<string, object?> { ["text"] = text };
                }

                break;
            case "documents":
                using (var scope = container.Tracer.StartStep("step", StepType.Retriever))
                {
                    ((RetrieverStep)scope.Step).Documents = text;
                }

                break;
            case "arguments":
                using (var scope = container.Tracer.StartStep("step", StepType.Tool))
                {
                    ((ToolStep)scope.Step).Arguments = text;
                }

                break;
            case "handoff":
                using (var scope = container.Tracer.StartStep("step", StepType.Handoff))
                {
                    ((HandoffStep)scope.Step).HandoffData = text;
                }

                break;
            case "context":
                trace.Context = string.Concat(Enumerable.Repeat(text, number + 1));
                break;
            case "question":
                trace.Question = string.Concat(Enumerable.Repeat(text, number + 1));
                break;
            case "many metadata":
                root.Metadata[$"{number}"] = text;
                break;
            case "many columns":
                trace.Metadata[$"{number}"] = text;
                break;
            case "many inputs":
                root.Inputs[$"{number}"] = text;
                break;
            case "outputs of calls":
                container.Work.Get("call", () => text);
                break;
            case "arguments of calls":
                await container.Work.UseAsync("call", text, static _ => Task.FromResult(true));
                break;
            case "streams":
                await foreach (var _ in container.Work.Stream("stream", () => Produce(text)))
                {
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(place), place, "There is no such place.");
        }

        static async IAsyncEnumerable<string> Produce(string text)
        {
            await Task.CompletedTask;
            yield return text;
        }
    }
}
