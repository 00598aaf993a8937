namespace Openlayer.Interception.Tests.Publishing.Html;

/// <summary>Traces as an application of some size has them: answers from documents, and trips planned by an agent with tools. Some fail.</summary>
internal static class ExampleTraces
{
    private const int FlushEvery = 100;

    private const string SystemPrompt = """
        You plan trips by train. Find the weather and the trains with the tools. Never invent a departure.

        - Give times in the 24-hour format, with the platform.
        - Prefer direct trains. Say so if a connection is shorter than ten minutes.
        - If a tool fails, say what you could not find out.
        """;

    private static readonly string[] Users = ["ada", "grace", "linus", "margaret"];

    private static readonly (string Question, string Answer)[] Answers =
    [
        ("How long can I return a ticket?", "Until the day before departure, without a fee. On the day itself half of the price is refunded."),
        ("Is there a quiet coach on night trains?", "Yes. Coach 26 is a quiet coach on every night train. Seats in it can be chosen when you book."),
        ("May I take my bicycle to Ulm?", "Regional trains take bicycles after nine. Long-distance trains need a reservation for the bicycle."),
        ("What happens if I miss a connection?", "Your ticket is valid for the next train. At the counter you get a note that says so."),
        ("Do children travel free?", "Children under six travel free. Up to fourteen they do so with their parents, if they are on the ticket."),
    ];

    private static readonly string[] Passages =
    [
        "Returns: a ticket can be returned until the day before departure without a fee.",
        "Bicycles: regional trains take bicycles from nine o'clock, long-distance trains with a reservation.",
        "Connections: a ticket stays valid if a connection is missed because of a delay.",
    ];

    /// <summary>Completes traces in an application, and publishes them.</summary>
    public static async Task WriteAsync(TracedApplication app, int count)
    {
        for (var index = 0; index < count; index++)
        {
            using (app.Tracer.BeginSession(Users[index % Users.Length], $"session-{index / 3}"))
            {
                await (index % 4 == 1 ? PlanTripAsync(app, isLate: index % 8 == 5) : AnswerAsync(app, index));
            }

            Advance(app, 17_300 + 4_700 * (index % 5));
            if (index % FlushEvery == 0)
            {
                await app.Tracer.FlushAsync();
            }
        }

        await app.Tracer.FlushAsync();
    }

    private static async Task AnswerAsync(TracedApplication app, int index)
    {
        var (question, answer) = Answers[index % Answers.Length];
        var isRefused = index % 9 == 6;
        using var root = app.StartCall("IAnswerService.AnswerAsync");
        root.Step.Inputs["question"] = question;
        Advance(app, 4);
        Search(app, question);
        Advance(app, 3);
        using (var chat = app.Tracer.StartStep("OpenAI Chat Completion", StepType.ChatCompletion))
        {
            var step = (ChatCompletionStep)chat.Step;
            AddRequest(step, "Answer from these passages only. If they do not answer the question, say so.\n\n" + string.Join("\n\n", Passages), question);
            if (isRefused)
            {
                Advance(app, 212);
                var failure = new InvalidOperationException("Rate limit reached for gpt-4o-mini: 200,000 tokens per minute. Try again in 1.2 s.");
                step.Metadata["status"] = 429;
                step.RecordException(failure);
                root.Step.RecordException(new InvalidOperationException("The question could not be answered: the model is busy.", failure));
                return;
            }

            Advance(app, 240 + 23 * (index % 7));
            AddResponse(app, step, answer, firstToken: 180 + 21 * (index % 6), rest: 520 + 111 * (index % 5), prompt: 412 + 13 * index % 500, completion: 31 + index % 20);
        }

        root.Step.Output = answer;
        await Task.CompletedTask;
    }

    private static async Task PlanTripAsync(TracedApplication app, bool isLate)
    {
        const string Wish = "I would like to see Ulm tomorrow, by train, and not before nine.";
        var plan = isLate
            ? "It will be sunny in Ulm, 21 °C. I could not look up the trains just now; please ask again in a minute."
            : "It will be sunny in Ulm, 21 °C.\n\nTake the train at 10:04 from platform 3, and climb the Minster before noon.";
        using var root = app.StartCall("ITripService.PlanAsync");
        root.Step.Inputs["wish"] = Wish;
        root.Step.Inputs["options"] = new { TravelClass = 2, Bicycle = false, NotBefore = "09:00" };
        Advance(app, 6);
        using (var guard = app.Tracer.StartStep("Personal Data - Input", StepType.Guardrail))
        {
            var step = (GuardrailStep)guard.Step;
            step.Inputs["original_data"] = Wish;
            step.Output = Wish;
            step.Action = "allow";
            step.DataType = "input";
            Advance(app, 8);
        }

        Search(app, Wish);
        using (var agent = app.StartCall("AIAgent.RunStreamingAsync", StepType.Agent))
        {
            ((AgentStep)agent.Step).AgentType = "ChatClientAgent";
            agent.Step.Inputs["messages"] = new[] { new { role = "user", content = Wish } };
            Advance(app, 11);
            using (var chat = app.Tracer.StartStep("OpenAI Chat Completion", StepType.ChatCompletion))
            {
                AddRequest((ChatCompletionStep)chat.Step, SystemPrompt, Wish);
                AddResponse(
                    app,
                    (ChatCompletionStep)chat.Step,
                    new[]
                    {
                        new { id = "call_1", name = "find_weather", arguments = (object)new { city = "Ulm", day = "tomorrow" } },
                        new { id = "call_2", name = "find_trains", arguments = (object)new { to = "Ulm", after = "09:00" } },
                    },
                    firstToken: 331,
                    rest: 190,
                    prompt: 688,
                    completion: 41);
            }

            await CallToolsAsync(app, isLate);
            using (var chat = app.Tracer.StartStep("OpenAI Chat Completion", StepType.ChatCompletion))
            {
                AddRequest((ChatCompletionStep)chat.Step, SystemPrompt, Wish, isLate ? "The timetable did not answer." : """["10:04","12:04"]""");
                AddResponse(app, (ChatCompletionStep)chat.Step, plan, firstToken: 204, rest: 726, prompt: 771, completion: 44);
            }

            agent.Step.Output = plan;
            Advance(app, 9);
        }

        using (app.StartCall("IAudit.WriteAsync"))
        {
            Advance(app, 12);
        }

        root.Step.Output = plan;
    }

    private static void Search(TracedApplication app, string query)
    {
        using var search = app.StartCall("IRetriever.SearchAsync", StepType.Retriever);
        search.Step.Inputs["query"] = query;
        search.Step.Inputs["count"] = Passages.Length;
        Advance(app, 3);
        using (var embedding = app.Tracer.StartStep("OpenAI Embedding", StepType.Embedding))
        {
            var step = (EmbeddingStep)embedding.Step;
            step.Provider = "OpenAI";
            step.Model = "text-embedding-3-small";
            step.PromptTokens = step.Tokens = 9;
            step.EmbeddingCount = 1;
            step.EmbeddingDimensions = 1536;
            step.Inputs["input"] = query;
            Advance(app, 48);
        }

        Advance(app, 17);
        search.Step.Output = Passages.Select(static (text, index) => new { Document = "conditions.md", Score = 0.91 - 0.12 * index, Text = text }).ToArray();
    }

    // Both at the same time: each continues when the clock has reached its end.
    private static async Task CallToolsAsync(TracedApplication app, bool isLate)
    {
        TaskCompletionSource isWeatherFound = new(), areTrainsFound = new();
        var weather = CallAsync("ITools.FindWeatherAsync", new { city = "Ulm", day = "tomorrow" }, isWeatherFound.Task, "sunny, 21 °C");
        var trains = CallAsync("ITools.FindTrainsAsync", new { to = "Ulm", after = "09:00" }, areTrainsFound.Task, new[] { "10:04", "12:04" });
        Advance(app, 182);
        isWeatherFound.SetResult();
        Advance(app, 162);
        if (isLate)
        {
            areTrainsFound.SetException(new TimeoutException("The timetable did not answer within 300 ms."));
        }
        else
        {
            areTrainsFound.SetResult();
        }

        await Task.WhenAll(weather, trains);

        async Task CallAsync(string name, object arguments, Task end, object result)
        {
            using var tool = app.StartCall(name, StepType.Tool);
            tool.Step.Inputs["request"] = arguments;
            try
            {
                await end;
                tool.Step.Output = result;
            }
            catch (TimeoutException failure)
            {
                tool.Step.RecordException(failure);
            }
        }
    }

    private static void AddRequest(ChatCompletionStep step, string system, string user, string? toolResult = null)
    {
        object[] messages = [new { role = "system", content = system }, new { role = "user", content = user }];
        object[] round = toolResult is null
            ? []
            :
            [
                new { role = "assistant", content = new[] { new { type = "tool_call", id = "call_2", name = "find_trains", arguments = new { to = "Ulm", after = "09:00" } } } },
                new { role = "tool", content = new[] { new { type = "tool_result", id = "call_2", result = toolResult } } },
            ];
        step.Inputs["prompt"] = messages.Concat(round).ToArray();
        step.Provider = "OpenAI";
        step.Model = "gpt-4o-mini";
        step.ModelParameters = new Dictionary<string, object?> { ["temperature"] = 0.2 };
    }

    private static void AddResponse(TracedApplication app, ChatCompletionStep step, object output, int firstToken, int rest, int prompt, int completion)
    {
        Advance(app, firstToken + rest);
        step.Output = output;
        step.PromptTokens = prompt;
        step.CompletionTokens = completion;
        step.Tokens = prompt + completion;
        step.Cost = prompt * 0.15e-6 + completion * 0.6e-6;
        step.Metadata["servedModel"] = "gpt-4o-mini-2024-07-18";
        step.Metadata["finishReason"] = output is string ? "stop" : "tool_calls";
        step.Metadata["timeToFirstToken"] = (double)firstToken;
    }

    private static void Advance(TracedApplication app, double milliseconds) => app.Time.Advance(TimeSpan.FromMilliseconds(milliseconds));
}
