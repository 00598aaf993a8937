using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Openlayer.Interception.Tests.Faults;

namespace Openlayer.Interception.Tests.Samples;

/// <summary>Runs the built sample as a process, under load, with a server that stands in for Openlayer.</summary>
[Collection(typeof(RealClock))]
public sealed class WebApiTests(ITestOutputHelper output) : IAsyncLifetime
{
    // A client can leave while the service waits for the model, or between two items.
    private static readonly string?[] EndsOfLeftStreams = ["cancelled", "left early"];

    private const string LongAnswer = "What happens to a stream that is left early?";

    private static readonly TimeSpan HungAfter = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("webapi-");
    private readonly FaultServer _openlayer = new();

    // A response that is disposed early closes its connection. By default the client reads on for two seconds, to use the connection again.
    private readonly HttpClient _client = new(new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero }) { Timeout = HungAfter };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The columns of each trace that the sample has completed. It appends them to a file.</summary>
    private JsonElement[] Completed
    {
        get
        {
            // The last line may not be complete yet.
            using var file = new StreamReader(new FileStream(Path.Combine(_folder.FullName, "traces.jsonl"), FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite));
            var text = file.ReadToEnd();
            return [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonElement.Parse(line).GetProperty("rows")[0])];
        }
    }

    private IEnumerable<string> Buffered => Directory.EnumerateFiles(Directory.CreateDirectory(Path.Combine(_folder.FullName, "buffer")).FullName, "trace_*.json")
        .Select(static file => Id(JsonElement.Parse(File.ReadAllText(file)).GetProperty("trace_data")));

    public async ValueTask InitializeAsync() => await _openlayer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _openlayer.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("builtin")]
    [InlineData("autofac")]
    public async Task Of_200_concurrent_requests_each_is_one_trace_of_its_own_user_that_arrives_once(string container)
    {
        using var sample = Start(container);
        var address = await sample.Address.WaitAsync(HungAfter, Token);

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(async user =>
        {
            using var response = await AskAsync(address, $"Question {user}: how does a stream end?", user);
            return (User: $"user-{user}", Id: Id(response), Text: await response.Content.ReadAsStringAsync(Token));
        }));
        await UntilDeliveredAsync(200);
        var health = (await _client.GetFromJsonAsync<JsonElement>(new Uri(address, "health"), Token)).GetProperty("openlayer");

        AssertDelivered("200 requests", container, answers.Select(static answer => answer.Id));
        Assert.All(answers, static answer => Assert.StartsWith("data: ", answer.Text, StringComparison.Ordinal));
        Assert.Equal("Healthy", health.GetProperty("status").GetString());
        Assert.Equal((200, 0, 0, 0, 0), (Data("sent"), Data("waiting"), Data("buffered"), Data("failed"), Data("dropped")));
        var rows = Completed.ToDictionary(Id);
        Assert.All(answers, answer =>
        {
            var row = rows[answer.Id];
            Assert.Equal(answer.User, row.GetProperty("user_id").GetString());
            Assert.Equal($"session-of-{answer.User}", row.GetProperty("session_id").GetString());
            Assert.StartsWith($"Question {answer.User["user-".Length..]}:", row.GetProperty("question").GetString(), StringComparison.Ordinal);
            Assert.Equal(
                """
                GET /answers: user_call
                  IAnswerService.AnswerAsync: user_call
                    IChatClient.GetStreamingResponseAsync: user_call
                      OpenAI Chat Completion: chat_completion
                      IDocuments.Search: tool
                        IRetriever.Retrieve: retriever
                      OpenAI Chat Completion: chat_completion
                """,
                string.Join('\n', Tree(row.GetProperty("steps")[0])));
        });

        int Data(string name) => health.GetProperty("data").GetProperty(name).GetInt32();
    }

    [Theory]
    [InlineData("builtin")]
    [InlineData("autofac")]
    public async Task The_trace_of_a_client_that_leaves_in_mid_stream_says_so_and_has_the_answer_so_far(string container)
    {
        using var sample = Start(container);
        var address = await sample.Address.WaitAsync(HungAfter, Token);

        var stayed = Enumerable.Range(0, 20).Select(async user =>
        {
            using var response = await AskAsync(address, LongAnswer, user);
            await response.Content.ReadAsByteArrayAsync(Token);
            return Id(response);
        });
        var left = Enumerable.Range(20, 20).Select(async user =>
        {
            using var response = await AskAsync(address, LongAnswer, user);
            using var events = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
            await events.ReadLineAsync(Token);
            return Id(response);
        });
        var ids = await Task.WhenAll(left.Concat(stayed));
        await UntilDeliveredAsync(ids.Length);

        AssertDelivered("20 of 40 clients leave", container, ids);
        var rows = Completed.ToDictionary(Id);
        var whole = rows[ids[^1]].GetProperty("output").GetString()!;
        Assert.All(ids.Take(20), id =>
        {
            var answer = rows[id].GetProperty("steps")[0].GetProperty("steps")[0];
            Assert.Contains(answer.GetProperty("metadata").GetProperty("streamEnded").GetString(), EndsOfLeftStreams);
            Assert.StartsWith(answer.GetProperty("output").GetString()!, whole, StringComparison.Ordinal);
            Assert.InRange(answer.GetProperty("output").GetString()!.Length, 1, whole.Length - 1);
            Assert.Equal(answer.GetProperty("output").GetString(), rows[id].GetProperty("output").GetString());
        });
        Assert.All(ids.Skip(20), id =>
        {
            Assert.Equal(whole, rows[id].GetProperty("output").GetString());
            Assert.False(rows[id].GetProperty("steps")[0].GetProperty("steps")[0].GetProperty("metadata").TryGetProperty("streamEnded", out _));
        });
    }

    [Theory]
    [InlineData("builtin")]
    [InlineData("autofac")]
    public async Task SIGTERM_under_load_ends_every_answer_that_began_and_loses_no_trace(string container)
    {
        SkipWithoutSignals();
        using var sample = Start(container);
        var answers = await TerminateUnderLoadAsync(sample);

        Assert.Equal(0, await sample.ExitAsync().WaitAsync(HungAfter, Token));
        AssertDelivered("SIGTERM under load", container, answers.Select(static answer => answer.Id));
        Assert.All(answers, static answer => Assert.True(answer.IsWhole));
        Assert.DoesNotContain(sample.Lines, static line => line.StartsWith("warn:", StringComparison.Ordinal) || line.StartsWith("fail:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("builtin")]
    [InlineData("autofac")]
    public async Task After_SIGTERM_while_Openlayer_hangs_the_next_process_sends_what_is_on_disk(string container)
    {
        SkipWithoutSignals();
        _openlayer.Fault = static async (context, _) =>
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
            return false;
        };
        using var sample = Start(container);
        var answers = await TerminateUnderLoadAsync(sample);
        Assert.Equal(0, await sample.ExitAsync().WaitAsync(HungAfter, Token));
        AssertDelivered("SIGTERM, server hangs", container, answers.Select(static answer => answer.Id));

        _openlayer.Fault = static (_, _) => Task.FromResult(true);
        using var next = Start(container);
        await UntilAsync(() => !Buffered.Any());

        AssertDelivered("... and a restart", container, answers.Select(static answer => answer.Id));
    }

    [Fact]
    public async Task Feedback_reaches_the_row_of_the_answer_after_the_row_itself()
    {
        using var sample = Start("builtin");
        var address = await sample.Address.WaitAsync(HungAfter, Token);
        using var answer = await AskAsync(address, LongAnswer, 7);
        await answer.Content.ReadAsByteArrayAsync(Token);

        using var response = await RateAsync(address, Id(answer));

        // The server knows only rows that it has acknowledged.
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(
            """{"row":{"comment":"Clear.","rated_by":"user-7","human_feedback":5},"config":{"humanFeedbackColumnName":"human_feedback","inferenceIdColumnName":"inferenceId"}}""",
            Assert.Single(_openlayer.Updates, update => update.Id == Id(answer)).Body.GetRawText());
        Assert.False(File.Exists(Path.Combine(_folder.FullName, "feedback.jsonl")));
    }

    [Fact]
    public async Task Feedback_for_an_answer_that_does_not_exist_is_an_error_that_says_so()
    {
        using var sample = Start("builtin");
        var address = await sample.Address.WaitAsync(HungAfter, Token);

        using var response = await RateAsync(address, "no-such-answer");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("Openlayer has no such row", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_key_feedback_is_kept_with_the_id_of_the_answer_and_the_user()
    {
        using var sample = new WebApiProcess("builtin", _folder.FullName, _openlayer.Address, key: "");
        var address = await sample.Address.WaitAsync(HungAfter, Token);
        using var answer = await AskAsync(address, LongAnswer, 7);
        await answer.Content.ReadAsByteArrayAsync(Token);

        using var response = await RateAsync(address, Id(answer));

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        var feedback = JsonElement.Parse(Assert.Single(await File.ReadAllLinesAsync(Path.Combine(_folder.FullName, "feedback.jsonl"), Token)));
        Assert.Equal(Id(answer), Id(feedback));
        Assert.Equal(("user-7", 5, "Clear."), (feedback.GetProperty("userId").GetString(), feedback.GetProperty("rating").GetInt32(), feedback.GetProperty("comment").GetString()));
    }

    private static void SkipWithoutSignals()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        IgnoredSignals.SkipTestOf("TERM");
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        for (var waited = Stopwatch.StartNew(); !isSo(); await Task.Delay(PollInterval))
        {
            Assert.True(waited.Elapsed < HungAfter, "The condition did not become true.");
        }
    }

    [Fact]
    public async Task In_development_a_developer_sees_each_trace_as_it_completes_and_the_open_page_does_not_delay_the_end()
    {
        using var sample = Start("builtin", "Development");
        var address = await sample.Address.WaitAsync(HungAfter, Token);
        using var response = await _client.GetAsync(new Uri(address, "openlayer"), HttpCompletionOption.ResponseHeadersRead, Token);
        using var page = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("<!doctype html>", await page.ReadLineAsync(Token));

        using var answer = await AskAsync(address, LongAnswer, 1);
        await answer.Content.ReadAsByteArrayAsync(Token);
        var line = "";
        while (!line.StartsWith("<script type=\"application/json\">", StringComparison.Ordinal))
        {
            line = (await page.ReadLineAsync(Token).AsTask().WaitAsync(HungAfter, Token))!;
        }

        Assert.Contains($"\"inferenceId\":\"{Id(answer)}\"", line, StringComparison.Ordinal);
        sample.Terminate();
        Assert.Equal("", await page.ReadToEndAsync(Token));
        Assert.Equal(0, await sample.ExitAsync().WaitAsync(HungAfter, Token));
    }

    [Fact]
    public async Task In_production_the_page_of_traces_is_not_served()
    {
        using var sample = Start("builtin");
        var address = await sample.Address.WaitAsync(HungAfter, Token);

        using var response = await _client.GetAsync(new Uri(address, "openlayer"), Token);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    private static string Id(JsonElement row) => row.GetProperty("inferenceId").GetString()!;

    private static string Id(HttpResponseMessage response) => Assert.Single(response.Headers.GetValues("X-Inference-Id"));

    /// <summary>The names and types of a step and its descendants, indented.</summary>
    private static IEnumerable<string> Tree(JsonElement step) =>
    [
        $"{step.GetProperty("name").GetString()}: {step.GetProperty("type").GetString()}",
        .. step.TryGetProperty("steps", out var steps) ? steps.EnumerateArray().SelectMany(Tree).Select(static line => $"  {line}") : [],
    ];

    private WebApiProcess Start(string container, string environment = "Production") => new(container, _folder.FullName, _openlayer.Address, environment);

    private Task<HttpResponseMessage> AskAsync(Uri address, string question, int user)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, $"answers?question={Uri.EscapeDataString(question)}"))
        {
            Headers = { { "X-User-Id", $"user-{user}" }, { "X-Session-Id", $"session-of-user-{user}" } },
        };
        return _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
    }

    private async Task<HttpResponseMessage> RateAsync(Uri address, string id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, $"feedback/{id}"))
        {
            Headers = { { "X-User-Id", "user-7" } },
            Content = JsonContent.Create(new { rating = 5, comment = "Clear." }),
        };
        return await _client.SendAsync(request, Token);
    }

    /// <summary>Waits until as many traces have arrived and are in the file.</summary>
    private Task UntilDeliveredAsync(int count) => UntilAsync(() => _openlayer.Acknowledged.Count >= count && Completed.Length >= count);

    /// <summary>Asks 200 questions at once, and ends the process when 50 answers have begun. Returns those that the process began.</summary>
    private async Task<(string Id, bool IsWhole)[]> TerminateUnderLoadAsync(WebApiProcess sample)
    {
        var address = await sample.Address.WaitAsync(HungAfter, Token);
        var begun = 0;
        var isUnderLoad = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answers = Enumerable.Range(0, 200).Select(async user =>
        {
            string? id = null;
            try
            {
                using var response = await AskAsync(address, LongAnswer, user);
                id = Id(response);
                if (Interlocked.Increment(ref begun) == 50)
                {
                    isUnderLoad.SetResult();
                }

                await response.Content.ReadAsByteArrayAsync(Token);
                return (Id: id, IsWhole: true);
            }
            catch (HttpRequestException)
            {
                // The process no longer accepts requests, or it left in mid-stream.
                return (Id: id, IsWhole: false);
            }
        }).ToArray();
        await isUnderLoad.Task.WaitAsync(HungAfter, Token);
        sample.Terminate();
        return [.. (await Task.WhenAll(answers)).Where(static answer => answer.Id is not null).Select(static answer => (answer.Id!, answer.IsWhole))];
    }

    /// <summary>Every trace that a client knows of is complete, and every complete trace has arrived once or is on disk.</summary>
    private void AssertDelivered(string scenario, string container, IEnumerable<string> expected)
    {
        var (completed, buffered, received) = (Completed.Select(Id).ToArray(), Buffered.ToArray(), _openlayer.Acknowledged);
        var lost = expected.Union(completed).Except(received.Keys).Except(buffered).Count();
        var twice = received.Values.Count(static times => times > 1) + buffered.Count(received.ContainsKey) + completed.Length - completed.Distinct().Count();
        output.WriteLine("| scenario | container | expected | completed | received | buffered | twice | lost |\n|---|---|---:|---:|---:|---:|---:|---:|");
        output.WriteLine($"| {scenario} | {container} | {expected.Count()} | {completed.Length} | {received.Count} | {buffered.Length} | {twice} | {lost} |");
        Assert.Empty(expected.Except(completed));
        Assert.Equal((0, 0), (twice, lost));
        Assert.Equal(completed.Length, received.Count + buffered.Length);
    }
}
