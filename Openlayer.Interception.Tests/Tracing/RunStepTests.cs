using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Tracing;

/// <summary>Code that runs as a step, with its result and its exception.</summary>
public sealed class RunStepTests : IAsyncDisposable
{
    private readonly TracedContainer _container = new(RegistrationStyle.InterfaceProxySingleton);

    public static TheoryData<string> Forms => [.. Failing.Keys];

    private static Dictionary<string, Func<OpenlayerTracer, Exception, Task>> Failing { get; } = new()
    {
        ["an action"] = static (tracer, exception) => Now(() => tracer.RunStep("step", new Action(() => throw exception))),
        ["an action with its step"] = static (tracer, exception) => Now(() => tracer.RunStep("step", new Action<Step>(_ => throw exception))),
        ["a function"] = static (tracer, exception) => Now(() => tracer.RunStep("step", new Func<int>(() => throw exception))),
        ["a function with its step"] = static (tracer, exception) => Now(() => tracer.RunStep("step", new Func<Step, int>(_ => throw exception))),
        ["a task"] = static (tracer, exception) => tracer.RunStep("step", () => FailAsync(exception)),
        ["a task with its step"] = static (tracer, exception) => tracer.RunStep("step", (Step _) => FailAsync(exception)),
        ["a task of a result"] = static (tracer, exception) => tracer.RunStep("step", () => FailAsync<int>(exception)),
        ["a task of a result with its step"] = static (tracer, exception) => tracer.RunStep("step", (Step _) => FailAsync<int>(exception)),
        ["a lambda"] = static (tracer, exception) => tracer.RunStep("step", async () =>
        {
            await Task.Yield();
            throw exception;
        }),
    };

    public ValueTask DisposeAsync() => _container.DisposeAsync();

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task An_exception_is_recorded_and_thrown_to_the_caller(string form)
    {
        var exception = new InvalidOperationException("no answer");

        Assert.Same(exception, await Assert.ThrowsAsync<InvalidOperationException>(() => Failing[form](_container.Tracer, exception)));

        Assert.Null(_container.Tracer.CurrentStep);
        var step = (await _container.TraceAsync()).Root;
        Assert.Equal("no answer", step.Metadata["Exceptions"]);
        Assert.NotNull(step.EndTime);
    }

    [Fact]
    public async Task The_result_becomes_the_output_unless_the_code_sets_one()
    {
        var tracer = _container.Tracer;

        Assert.Equal(1, tracer.RunStep("step", static () => 1));
        Assert.Equal(2, await tracer.RunStep("step", static async () =>
        {
            await Task.Yield();
            return 2;
        }));
        Assert.Equal(3, tracer.RunStep("step", static step =>
        {
            step.Output = "three";
            return 3;
        }));

        Assert.Equal([1, 2, "three"], (await _container.TracesAsync()).Select(static trace => trace.Root.Output));
    }

    [Fact]
    public async Task Calls_in_the_code_nest_under_the_step()
    {
        await _container.Tracer.RunStep("outer", async () =>
        {
            _container.Work.Do("first");
            await Task.Yield();
            _container.Tracer.RunStep("inner", () => _container.Work.Do("second"), StepType.Tool);
        });

        Assert.Equal("outer(first, inner(second))", await _container.TreesAsync());
    }

    [Fact]
    public async Task A_step_of_a_class_needs_no_cast()
    {
        using (_container.Tracer.StartStep("root"))
        {
            using (var chat = _container.Tracer.StartStep<ChatCompletionStep>("chat"))
            {
                chat.Step.Model = "small";
            }

            using (var agent = _container.Tracer.StartStep<AgentStep>("agent"))
            {
                agent.Step.Action = new { Tool = "search", Arguments = new[] { 1, 2 } };
            }

            Open<Step>(StepType.UserCall);
            Open<EmbeddingStep>(StepType.Embedding);
            Open<RetrieverStep>(StepType.Retriever);
            Open<ToolStep>(StepType.Tool);
            Open<HandoffStep>(StepType.Handoff);
            Open<GuardrailStep>(StepType.Guardrail);
        }

        var steps = (await _container.TraceAsync()).Root.Steps;
        Assert.Equal(8, steps.Count);
        Assert.Equal("small", Assert.IsType<ChatCompletionStep>(steps[0]).Model);
        Assert.Equal("""{"Tool":"search","Arguments":[1,2]}""", Assert.IsType<AgentStep>(steps[1]).Action!.ToString());
        Assert.Throws<ArgumentException>(() => _container.Tracer.StartStep<ModelStep>("model"));

        void Open<TStep>(StepType type)
            where TStep : Step
        {
            using var scope = _container.Tracer.StartStep<TStep>("step");
            Assert.Equal(type, scope.Step.Type);
        }
    }

    [Fact]
    public void A_step_type_that_does_not_exist_is_refused()
    {
        const StepType Unknown = (StepType)99;

        Assert.Throws<ArgumentOutOfRangeException>(() => _container.Tracer.StartStep("step", Unknown));
        Assert.Throws<ArgumentOutOfRangeException>(() => _container.Tracer.RunStep("step", static () => { }, Unknown));
        Assert.Throws<ArgumentOutOfRangeException>(static () => new TraceAttribute { StepType = Unknown });
        Assert.Throws<ArgumentOutOfRangeException>(static () => new ProviderClientAttribute("provider", Unknown));
        Assert.Throws<ArgumentOutOfRangeException>(() => _container.Tracer.StartStep("step", (StepType)(-1)));
        Assert.Null(_container.Tracer.CurrentStep);
    }

    [Fact]
    public async Task Scopes_can_be_disposed_in_any_order_and_more_than_once()
    {
        var tracer = _container.Tracer;
        using (tracer.StartStep("root"))
        {
            var outer = tracer.StartStep("outer");
            var middle = tracer.StartStep("middle");
            var inner = tracer.StartStep("inner");

            outer.Dispose();
            Assert.Same(inner.Step, tracer.CurrentStep);
            middle.Dispose();
            Assert.Same(inner.Step, tracer.CurrentStep);
            inner.Dispose();
            Assert.Equal("root", tracer.CurrentStep!.Name);
            outer.Dispose();
            inner.Dispose();
            Assert.Equal("root", tracer.CurrentStep!.Name);
        }

        Assert.Null(tracer.CurrentStep);
        Assert.Equal("root(outer(middle(inner)))", await _container.TreesAsync());
    }

    [Fact]
    public async Task A_scope_or_session_that_a_callee_opens_for_its_caller_does_not_reach_the_caller()
    {
        var tracer = _container.Tracer;
        var (scope, session) = await OpenAsync();
        Assert.Null(tracer.CurrentStep);
        Assert.Null(tracer.CurrentUserId);

        _container.Work.Do("between");
        scope.Dispose();
        session.Dispose();
        _container.Work.Do("after");

        Assert.Equal("between; scope; after", await _container.TreesAsync());

        async Task<(StepScope Scope, IDisposable Session)> OpenAsync()
        {
            await Task.Yield();
            return (tracer.StartStep("scope"), tracer.BeginSession("ann", "1"));
        }
    }

    [Fact]
    public async Task Work_that_starts_in_a_session_keeps_it_after_its_end()
    {
        var tracer = _container.Tracer;
        var gate = new TaskCompletionSource();
        Task background;
        using (tracer.BeginSession("ann", "1"))
        {
            background = Task.Run(async () =>
            {
                await gate.Task;
                Assert.Equal("ann", tracer.CurrentUserId);
                _container.Work.Do("later");
            }, TestContext.Current.CancellationToken);
        }

        gate.SetResult();
        await background;
        Assert.Equal("ann", (await _container.TraceAsync()).UserId);
    }

    [Fact]
    public async Task A_scope_that_a_call_disposes_for_its_caller_is_left_by_both()
    {
        var tracer = _container.Tracer;
        using (tracer.StartStep("root"))
        {
            var scope = tracer.StartStep("scope");
            _container.Work.Do("call", scope.Dispose);
            Assert.Equal("root", tracer.CurrentStep!.Name);
        }

        Assert.Equal("root(scope(call))", await _container.TreesAsync());
    }

    [Fact]
    public async Task Sessions_can_be_disposed_in_any_order_and_more_than_once()
    {
        var tracer = _container.Tracer;
        var first = tracer.BeginSession("ann", "1");
        var second = tracer.BeginSession("bob", "2");

        first.Dispose();
        Assert.Equal(("bob", "2"), (tracer.CurrentUserId, tracer.CurrentSessionId));
        second.Dispose();
        Assert.Equal((null, null), (tracer.CurrentUserId, tracer.CurrentSessionId));
        using (tracer.BeginSession("cid", "3"))
        {
            first.Dispose();
            second.Dispose();
            Assert.Equal(("cid", "3"), (tracer.CurrentUserId, tracer.CurrentSessionId));
            _container.Work.Do("request", () =>
            {
                tracer.CurrentTrace!.UserId = "dee";
                Assert.Equal("dee", tracer.CurrentUserId);
            });
        }

        Assert.Null(tracer.CurrentUserId);
        Assert.Equal("3", (await _container.TraceAsync()).SessionId);
    }

    [Fact]
    public async Task The_context_and_the_question_can_be_set_in_code()
    {
        _container.Work.Do("request", () =>
        {
            _container.Tracer.CurrentTrace!.Context = new[] { "one", "two" };
            _container.Tracer.CurrentTrace.Question = "which?";
        });

        var trace = await _container.TraceAsync();
        Assert.Equal("which?", trace.Question);
        Assert.Equal("""["one","two"]""", trace.Context!.ToString());
    }

    [Fact]
    public void The_children_of_a_step_can_be_read_while_they_are_merged()
    {
        using var scope = _container.Tracer.StartStep("root");
        for (var child = 0; child < 20; child++)
        {
            using var inner = _container.Tracer.StartStep("child");
        }

        var all = scope.Step.Steps;
        using var isDone = new CancellationTokenSource();
        var reader = new Thread(() =>
        {
            while (!isDone.IsCancellationRequested)
            {
                Assert.InRange(scope.Step.Steps.Count, 10, 20);
            }
        });
        reader.Start();
        for (var round = 0; round < 20_000; round++)
        {
            scope.Step.SetChildren(round % 2 == 0 ? all.Take(10) : all);
        }

        isDone.Cancel();
        reader.Join();
    }

    private static async Task FailAsync(Exception exception)
    {
        await Task.Yield();
        throw exception;
    }

    private static async Task<T> FailAsync<T>(Exception exception)
    {
        await Task.Yield();
        throw exception;
    }

    private static Task Now(Action action)
    {
        try
        {
            action();
            return Task.CompletedTask;
        }
        catch (Exception exception)
        {
            return Task.FromException(exception);
        }
    }
}
