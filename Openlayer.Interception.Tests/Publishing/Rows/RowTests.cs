using System.Text;
using System.Text.Json;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Publishing.Rows;

namespace Openlayer.Interception.Tests.Publishing.Rows;

public sealed class RowTests
{
    private static readonly JsonDocumentOptions AnyDepth = new() { MaxDepth = int.MaxValue };

    [Fact]
    public async Task A_reserved_column_is_never_overwritten_and_an_input_of_its_name_is_not_an_input_variable()
    {
        string[] reserved =
        [
            "inferenceTimestamp", "inferenceId", "output", "latency", "cost", "tokens", "steps",
            "user_id", "session_id", "groundTruth", "context", "_question",
        ];
        await using var app = new TracedApplication();
        var trace = await app.TraceAsync("root", step =>
        {
            foreach (var name in reserved)
            {
                step.Inputs[name] = "input";
                step.Metadata[name] = "metadata";
                step.Trace.Metadata[name] = "column";
            }

            step.Inputs["q"] = "question";
            step.Output = "the output";
            step.GroundTruth = "the truth";
            step.Trace.UserId = "the user";
            step.Trace.SessionId = "the session";
            step.Trace.Context = "the context";
            step.Trace.Question = "the question";
        });

        var (config, row) = Write(trace);

        Assert.Equal(
            ["inferenceTimestamp", "inferenceId", "output", "latency", "cost", "tokens", "steps",
                "user_id", "session_id", "groundTruth", "q", "context", "_question"],
            row.EnumerateObject().Select(static column => column.Name));
        Assert.Equal("the output", row.GetProperty("output").GetString());
        Assert.Equal(trace.InferenceId, row.GetProperty("inferenceId").GetString());
        Assert.Equal("the user", row.GetProperty("user_id").GetString());
        Assert.Equal("the session", row.GetProperty("session_id").GetString());
        Assert.Equal("the truth", row.GetProperty("groundTruth").GetString());
        Assert.Equal("the context", row.GetProperty("context").GetString());
        Assert.Equal("the question", row.GetProperty("_question").GetString());
        Assert.Equal(["q"], config.GetProperty("inputVariableNames").EnumerateArray().Select(static name => name.GetString()));
        Assert.Equal("groundTruth", config.GetProperty("groundTruthColumnName").GetString());
        var inputs = row.GetProperty("steps")[0].GetProperty("inputs");
        Assert.All(reserved, name => Assert.Equal("input", inputs.GetProperty(name).GetString()));
    }

    [Fact]
    public async Task An_input_or_metadata_with_an_unused_reserved_name_becomes_that_column()
    {
        await using var app = new TracedApplication();
        var trace = await app.TraceAsync("root", static step =>
        {
            step.Inputs["context"] = "from an input";
            step.Metadata["groundTruth"] = "from metadata";
        });

        var (config, row) = Write(trace);

        Assert.Equal("from an input", row.GetProperty("context").GetString());
        Assert.Equal("from metadata", row.GetProperty("groundTruth").GetString());
        Assert.Equal(["context"], config.GetProperty("inputVariableNames").EnumerateArray().Select(static name => name.GetString()));
        Assert.Equal("context", config.GetProperty("contextColumnName").GetString());
        Assert.Equal("groundTruth", config.GetProperty("groundTruthColumnName").GetString());
        Assert.False(config.TryGetProperty("questionColumnName", out _));
    }

    [Fact]
    public async Task An_input_that_is_itself_the_reserved_column_is_an_input_variable()
    {
        await using var app = new TracedApplication();
        var passages = app.Tracer.Steps.Capture.Capture(new[] { "the book" });
        var trace = await app.TraceAsync("root", step =>
        {
            step.SetCapturedInputs(["_question", "context"], ["how", passages]);
            step.Trace.Question = "how";
            step.Trace.Context = passages;
        });

        var (config, row) = Write(trace);

        Assert.Equal("how", row.GetProperty("_question").GetString());
        Assert.Equal("the book", row.GetProperty("context")[0].GetString());
        Assert.Equal(
            ["_question", "context"],
            config.GetProperty("inputVariableNames").EnumerateArray().Select(static name => name.GetString()));
    }

    [Fact]
    public async Task The_traces_metadata_takes_precedence_over_the_roots_and_inputs_over_both()
    {
        await using var app = new TracedApplication();
        var trace = await app.TraceAsync("root", static step =>
        {
            step.Metadata["a"] = "root";
            step.Metadata["b"] = "root";
            step.Metadata["c"] = "root";
            step.Trace.Metadata["b"] = "trace";
            step.Trace.Metadata["c"] = "trace";
            step.Inputs["c"] = "input";
        });

        var columns = Write(trace).Row.EnumerateObject().Skip(7).Select(static column => $"{column.Name}={column.Value}");

        Assert.Equal(["a=root", "b=trace", "c=input"], columns);
    }

    public static TheoryData<object?, bool> TruthOfPython => new()
    {
        { null, false }, { "", false }, { "x", true }, { 0, false }, { 0.0, false }, { 2, true }, { false, false }, { true, true },
        { "json:[]", false }, { "json: { }", false }, { "json:[0]", true }, { "json:{\"a\":null}", true },
        { "json:null", false }, { "json:0.0", false }, { "json:1", true }, { "json:\"\"", false }, { "json:false", false },
    };

    [Theory]
    [MemberData(nameof(TruthOfPython))]
    public async Task Ground_truth_context_and_question_are_columns_if_they_are_truthy_in_Python(object? value, bool isColumn)
    {
        var captured = value is string text && text.StartsWith("json:", StringComparison.Ordinal)
            ? new CapturedJson(Encoding.UTF8.GetBytes(text[5..]))
            : value;
        await using var app = new TracedApplication();
        var trace = await app.TraceAsync("root", step =>
        {
            step.GroundTruth = captured is CapturedJson json ? json.Element : captured;
            step.Trace.Context = captured;
            step.Trace.Question = captured;
        });

        var (config, row) = Write(trace);

        Assert.Equal(isColumn, row.TryGetProperty("context", out _));
        Assert.Equal(isColumn, row.TryGetProperty("_question", out _));
        Assert.Equal(isColumn, config.TryGetProperty("contextColumnName", out _));
        Assert.Equal(isColumn, config.TryGetProperty("questionColumnName", out _));
        if (captured is not CapturedJson)
        {
            Assert.Equal(isColumn, row.TryGetProperty("groundTruth", out _));
        }
    }

    [Fact]
    public async Task Times_are_fractional_Unix_seconds_and_latencies_milliseconds()
    {
        await using var app = new TracedApplication();
        var trace = await app.TraceAsync("root", _ => app.Time.Advance(TimeSpan.FromMilliseconds(1250.25)));

        var row = Write(trace).Row;
        var step = row.GetProperty("steps")[0];

        Assert.Equal("1714979289.5", row.GetProperty("inferenceTimestamp").GetRawText());
        Assert.Equal("1250.25", row.GetProperty("latency").GetRawText());
        Assert.Equal("1714979289.5", step.GetProperty("startTime").GetRawText());
        Assert.Equal("1714979290.75025", step.GetProperty("endTime").GetRawText());
        Assert.Equal("1250.25", step.GetProperty("latency").GetRawText());
    }

    [Fact]
    public async Task Only_traced_functions_have_has_guardrails_and_a_value_of_their_own_is_kept()
    {
        await using var app = new TracedApplication();
        var trace = await app.TraceAsync("root", _ =>
        {
            using (app.StartCall("call"))
            {
            }

            using var guarded = app.StartCall("guarded");
            guarded.Step.Metadata["has_guardrails"] = true;
        });

        var row = Write(trace).Row;
        var root = row.GetProperty("steps")[0];

        Assert.False(row.TryGetProperty("has_guardrails", out _));
        Assert.Equal("{}", root.GetProperty("metadata").GetRawText());
        Assert.Equal("""{"has_guardrails":false}""", root.GetProperty("steps")[0].GetProperty("metadata").GetRawText());
        Assert.Equal("""{"has_guardrails":true}""", root.GetProperty("steps")[1].GetProperty("metadata").GetRawText());
    }

    [Fact]
    public async Task A_traced_tool_uses_its_name_and_inputs_by_default()
    {
        await using var app = new TracedApplication();
        var trace = await app.TraceAsync("root", _ =>
        {
            using (var call = app.StartCall("call", StepType.Tool))
            {
                call.Step.Inputs["city"] = "Oslo";
            }

            using (var set = app.StartCall("set", StepType.Tool))
            {
                var tool = (ToolStep)set.Step;
                tool.Inputs["city"] = "Oslo";
                tool.FunctionName = "get_weather";
                tool.Arguments = "{}";
            }

            using var manual = app.Tracer.StartStep("manual", StepType.Tool);
            manual.Step.Inputs["city"] = "Oslo";
        });

        var tools = Write(trace).Row.GetProperty("steps")[0].GetProperty("steps").EnumerateArray()
            .Select(static tool => $"{tool.GetProperty("functionName").GetRawText()} {tool.GetProperty("arguments").GetRawText()}");

        Assert.Equal(["""
            "call" {"city":"Oslo"}
            """, """
            "get_weather" "{}"
            """, "null null"], tools);
    }

    [Fact]
    public async Task A_number_that_JSON_cannot_represent_is_null()
    {
        await using var app = new TracedApplication();
        var trace = await app.TraceAsync(
            "chat",
            static step => ((ChatCompletionStep)step).Cost = double.NaN,
            StepType.ChatCompletion);

        var row = Write(trace).Row;

        Assert.Equal(JsonValueKind.Null, row.GetProperty("cost").ValueKind);
        Assert.Equal(JsonValueKind.Null, row.GetProperty("steps")[0].GetProperty("cost").ValueKind);
    }

    [Fact]
    public async Task Text_that_is_not_valid_Unicode_is_written()
    {
        await using var app = new TracedApplication();
        var trace = await app.TraceAsync("half \ud83d", static step => step.Inputs["\ude00"] = "half \ud83d");

        var step = Write(trace).Row.GetProperty("steps")[0];

        Assert.Equal("half \ufffd", step.GetProperty("name").GetString());
        Assert.Equal("half \ufffd", step.GetProperty("inputs").GetProperty("\ufffd").GetString());
    }

    [Fact]
    public async Task A_chain_of_ten_thousand_steps_is_written()
    {
        const int Depth = 10_000;
        await using var app = new TracedApplication();
        var scopes = new Stack<StepScope>();
        for (var depth = 0; depth < Depth; depth++)
        {
            scopes.Push(app.Tracer.StartStep($"step {depth}"));
        }

        var trace = app.Tracer.CurrentTrace!;
        while (scopes.TryPop(out var scope))
        {
            scope.Dispose();
        }

        var output = new JsonBuffer();
        DataStreamRequest.Write(output, new Row(trace));

        // Read without building a tree, because JsonElement is recursive too.
        var reader = new Utf8JsonReader(output.Written, new JsonReaderOptions { MaxDepth = int.MaxValue });
        var (steps, deepest) = (0, 0);
        while (reader.Read())
        {
            deepest = Math.Max(deepest, reader.CurrentDepth);
            steps += reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("startTime"u8) ? 1 : 0;
        }

        Assert.Equal(Depth, steps);
        Assert.True(deepest >= 2 * Depth);
    }

    [Fact]
    public async Task A_parent_of_a_hundred_thousand_steps_is_written_in_linear_time()
    {
        await using var app = new TracedApplication();
        Written(await ParentOf(10));
        var small = Written(await ParentOf(1_000));
        var large = Written(await ParentOf(10_000));

        // Measures allocations, because times vary on a busy machine. Copying the children for each child would allocate a hundred times as much.
        Assert.InRange(large.Allocated / (double)small.Allocated, 5, 20);

        var body = Written(await ParentOf(100_000)).Body;
        Assert.Equal(100_000, JsonElement.Parse(body.Span).GetProperty("rows")[0].GetProperty("steps")[0].GetProperty("steps").GetArrayLength());

        Task<OpenlayerTrace> ParentOf(int count) => app.TraceAsync("parent", _ =>
        {
            for (var child = 0; child < count; child++)
            {
                app.Tracer.StartStep("child").Dispose();
            }
        });

        static (long Allocated, ReadOnlyMemory<byte> Body) Written(OpenlayerTrace trace)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var output = new JsonBuffer();
            DataStreamRequest.Write(output, new Row(trace));
            return (GC.GetAllocatedBytesForCurrentThread() - before, output.Written.ToArray());
        }
    }

    private static (JsonElement Config, JsonElement Row) Write(OpenlayerTrace trace)
    {
        var output = new JsonBuffer();
        DataStreamRequest.Write(output, new Row(trace));
        var body = JsonElement.Parse(output.Written, AnyDepth);
        return (body.GetProperty("config"), Assert.Single(body.GetProperty("rows").EnumerateArray()));
    }
}
