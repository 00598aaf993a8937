namespace Openlayer.Interception.Tests.Publishing.Rows;

/// <summary>Requests equal those of the Python SDK for the same calls, field by field.</summary>
public sealed class DataStreamGoldenTests
{
    [Fact]
    public Task A_retriever_and_an_answer_under_a_root() => AssertGoldenAsync("nested-sync", app =>
    {
        string[] documents = ["doc one", "doc two"];
        using var main = app.StartCall("main");
        main.Step.Inputs["user_query"] = "capital of France?";
        main.Step.Inputs["top_k"] = 3;
        using (var retrieval = app.StartCall("retrieve_context", StepType.Retriever))
        {
            retrieval.Step.Inputs["query"] = "capital of France?";
            retrieval.Step.Inputs["top_k"] = 3;
            retrieval.Step.Metadata["retrieval_method"] = "vector";
            retrieval.Step.Output = documents;
        }

        using (var answer = app.StartCall("generate_answer"))
        {
            answer.Step.Inputs["query"] = "capital of France?";
            answer.Step.Inputs["context"] = documents;
            answer.Step.Metadata["context"] = documents;
            answer.Step.Metadata["_question"] = "capital of France?";
            answer.Step.Trace.Context = app.Tracer.Steps.Capture.Capture(documents);
            answer.Step.Trace.Question = app.Tracer.Steps.Capture.Capture("capital of France?");
            answer.Step.Output = "Paris";
        }

        main.Step.Output = "Paris";
    });

    [Fact]
    public Task A_tool_has_its_name_and_inputs_as_function_name_and_arguments() => AssertGoldenAsync("async-nested", app =>
    {
        using var main = app.StartCall("main");
        main.Step.Inputs["q"] = "hi";
        using (var inner = app.StartCall("Inner", StepType.Tool))
        {
            inner.Step.Inputs["q"] = "hi";
            inner.Step.Output = new { a = 1, q = "hi" };
        }

        main.Step.Output = new { a = 1, q = "hi" };
    });

    [Fact]
    public Task A_stream_with_its_joined_text() => AssertGoldenAsync("async-stream", app =>
    {
        using var stream = app.StartCall("stream");
        stream.Step.Inputs["q"] = "greet";
        stream.Step.Output = "Hello world";
    });

    [Fact]
    public Task An_exception_is_metadata_and_a_column() => AssertGoldenAsync("exception-root", app =>
    {
        using var boom = app.StartCall("boom");
        boom.Step.Inputs["x"] = 1;
        boom.Step.RecordException(new InvalidOperationException("bad input"));
    });

    [Fact]
    public Task User_session_id_and_columns_of_the_trace() => AssertGoldenAsync("user-session-promote", app =>
    {
        using var session = app.Tracer.BeginSession("u-42", "s-7");
        using var main = app.StartCall("main");
        main.Step.Inputs["q"] = "hi";
        var trace = app.Tracer.CurrentTrace!;
        trace.InferenceId = "my-id";
        trace.Metadata["query_column"] = "hi";
        trace.Metadata["team"] = "x";
        trace.Metadata["model_version"] = "0.1.0";
        trace.Metadata["score_column"] = 0.9;
        main.Step.Output = new { answer = "A", score = 0.9 };
    });

    [Fact]
    public Task A_chat_completion_under_a_root() => AssertGoldenAsync("chat-completion-nested", app =>
    {
        using var main = app.StartCall("main");
        main.Step.Inputs["question"] = "capital?";
        using (var scope = app.Tracer.StartStep("OpenAI Chat Completion", StepType.ChatCompletion))
        {
            Complete(
                app,
                (ChatCompletionStep)scope.Step,
                [new { role = "system", content = "Be brief." }, new { role = "user", content = "capital?" }],
                "Paris");
            scope.Step.Metadata["timeToFirstToken"] = 5.0;
            ((ChatCompletionStep)scope.Step).ModelParameters!["temperature"] = 0.2;
        }

        main.Step.Output = "Paris";
    });

    [Fact]
    public Task A_chat_completion_alone_has_its_tokens_and_cost_in_the_row() => AssertGoldenAsync("chat-completion-root", app =>
    {
        using var scope = app.Tracer.StartStep("OpenAI Chat Completion", StepType.ChatCompletion);
        Complete(app, (ChatCompletionStep)scope.Step, [new { role = "user", content = "hi" }], "Hello");
    });

    [Fact]
    public Task A_step_of_every_type() => AssertGoldenAsync("all-step-types", app =>
    {
        using var root = app.Tracer.StartStep("root");
        root.Step.Inputs["k"] = "v";
        StepType[] types =
        [
            StepType.Agent, StepType.ChatCompletion, StepType.Embedding, StepType.Guardrail,
            StepType.Handoff, StepType.Retriever, StepType.Tool, StepType.UserCall,
        ];
        string[] names = ["agent", "chat_completion", "embedding", "guardrail", "handoff", "retriever", "tool", "user_call"];
        foreach (var (type, name) in types.Zip(names))
        {
            using var scope = app.Tracer.StartStep($"step {name}", type);
            scope.Step.Inputs["i"] = 1;
            scope.Step.Metadata["m"] = 1;
            scope.Step.Output = "o";
        }

        root.Step.Output = "done";
    });

    [Fact]
    public Task A_call_without_inputs_and_output() => AssertGoldenAsync("no-inputs", app =>
    {
        using var ping = app.StartCall("ping");
    });

    private static void Complete(TracedApplication app, ChatCompletionStep step, object[] prompt, string output)
    {
        step.Inputs["prompt"] = prompt;
        step.Provider = "OpenAI";
        step.Model = "gpt-4o-mini";
        step.PromptTokens = 20;
        step.CompletionTokens = 10;
        step.Tokens = 30;
        step.ModelParameters = new Dictionary<string, object?>();
        step.RawOutput = new { id = "x" };
        step.Output = output;
        app.Time.Advance(TimeSpan.FromMilliseconds(12.5));
    }

    private static async Task AssertGoldenAsync(string name, Action<TracedApplication> run)
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(server: server);
        run(app);
        await app.Tracer.FlushAsync(TestContext.Current.CancellationToken);

        new GoldenRequest(name).AssertEqual(await server.NextAsync());
        Assert.Equal(1, server.Count);
        Assert.Empty(app.Log.Messages);
    }
}
