using System.Text;
using System.Text.RegularExpressions;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Publishing;

namespace Openlayer.Interception.Tests.Publishing;

public sealed partial class ConsoleTracePublisherTests
{
    [Fact]
    public async Task A_trace_is_a_tree_with_one_line_per_step()
    {
        Assert.Equal(
            """
            IAnswerService.AnswerAsync · user call · 1.01 s · "Paris is the capital of France."
            ├─ IRetriever.SearchAsync · retriever · 12 ms · ["doc one","doc two"]
            │  └─ Text Embedding · embedding · 2.5 ms · text-embedding-3-small · 8 tokens
            ├─ OpenAI Chat Completion · chat · 780 ms · gpt-4o-mini · first token 41 ms · 812 → 64 tokens · cost 0.00016 · "Paris"
            └─ ✗ IAudit.Write · user call · 0 ms · disk full
            """,
            await PrintAsync(new StringWriter()));
    }

    [Fact]
    public async Task Colours_set_a_failed_step_its_model_its_tokens_and_its_cost_apart_and_change_no_character()
    {
        var coloured = await PrintAsync(new StringWriter(), colors: true);

        Assert.SkipWhen(Terminal.IsPlain(Environment.GetEnvironmentVariable), "NO_COLOR is set.");
        Assert.Equal(await PrintAsync(new StringWriter()), EscapeSequence().Replace(coloured, ""));
        Assert.Contains("\u001b[1;31m✗ IAudit.Write\u001b[0m", coloured, StringComparison.Ordinal);
        Assert.Contains("\u001b[1;31mdisk full\u001b[0m", coloured, StringComparison.Ordinal);
        Assert.Contains("\u001b[36mgpt-4o-mini\u001b[0m", coloured, StringComparison.Ordinal);
        Assert.Contains("\u001b[32mfirst token 41 ms\u001b[0m", coloured, StringComparison.Ordinal);
        Assert.Contains("\u001b[33mcost 0.00016\u001b[0m", coloured, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("xterm-256color", null, false, true)]
    [InlineData("dumb", null, false, false)]
    [InlineData(null, null, false, false)]
    [InlineData("", null, false, false)]
    [InlineData(null, "WT_SESSION", true, true)]
    [InlineData(null, "TERM_PROGRAM", true, true)]
    [InlineData(null, null, true, false)]
    [InlineData("cygwin", null, true, true)]
    public void A_terminal_has_colours_if_it_says_so(string? term, string? variable, bool isWindows, bool hasColors) =>
        Assert.Equal(hasColors, Terminal.HasColors(name => name == "TERM" ? term : name == variable ? "1" : null, isWindows));

    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("1", true)]
    [InlineData("0", true)]
    public void NO_COLOR_means_no_colours_whatever_its_value(string? value, bool isPlain) =>
        Assert.Equal(isPlain, Terminal.IsPlain(name => name == "NO_COLOR" ? value : null));

    [Fact]
    public async Task The_tree_is_ASCII_if_the_encoding_has_no_box_characters()
    {
        var bytes = new MemoryStream();

        Assert.Equal(
            """
            IAnswerService.AnswerAsync - user call - 1.01 s - "Paris is the capital of France."
            |- IRetriever.SearchAsync - retriever - 12 ms - ["doc one","doc two"]
            |  `- Text Embedding - embedding - 2.5 ms - text-embedding-3-small - 8 tokens
            |- OpenAI Chat Completion - chat - 780 ms - gpt-4o-mini - first token 41 ms - 812 -> 64 tokens - cost 0.00016 - "Paris"
            `- ! IAudit.Write - user call - 0 ms - disk full
            """,
            await PrintAsync(new StreamWriter(bytes, Encoding.ASCII), () => Encoding.ASCII.GetString(bytes.ToArray())));
    }

    [Fact]
    public async Task A_line_has_at_most_120_characters_and_no_control_characters()
    {
        using var writer = new StringWriter();
        await using var app = new TracedApplication(options => options.Publishers.Add(new ConsoleTracePublisher(writer)));
        using (var scope = app.Tracer.StartStep(new string('n', 500)))
        {
            scope.Step.Output = "one\r\ntwo \u001b[31mred\u2028" + string.Concat(Enumerable.Repeat("😀", 500));
        }

        using (var scope = app.Tracer.StartStep("failed\u001b[2J"))
        {
            scope.Step.RecordException(new InvalidOperationException(new string('m', 500)));
        }

        await app.DisposeAsync();

        var lines = Lines(writer.ToString());
        Assert.Equal(2, lines.Length);
        Assert.All(lines, static line => Assert.InRange(line.Length, 1, 120));
        Assert.All(lines, static line => Assert.DoesNotContain(line, char.IsControl));
        Assert.Contains("… · user call · 0 ms · \"one  two  [31mred 😀", lines[0], StringComparison.Ordinal);
        Assert.DoesNotContain('\ufffd', new UTF8Encoding(false).GetString(Encoding.UTF8.GetBytes(lines[0])));
        Assert.StartsWith("✗ failed [2J · user call · 0 ms · mmm", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("m…", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chain_of_ten_thousand_steps_is_printed_and_deep_steps_show_their_depth()
    {
        const int Depth = 10_000;
        using var writer = new StringWriter();
        await using var app = new TracedApplication(options => options.Publishers.Add(new ConsoleTracePublisher(writer)));
        var scopes = new Stack<StepScope>();
        for (var depth = 0; depth < Depth; depth++)
        {
            scopes.Push(app.Tracer.StartStep($"step {depth}"));
        }

        while (scopes.TryPop(out var scope))
        {
            scope.Dispose();
        }

        await app.DisposeAsync();

        var lines = Lines(writer.ToString());
        Assert.Equal(Depth, lines.Length);
        Assert.Equal($"{new string(' ', 45)}└─ step 16 · user call · 0 ms", lines[16]);
        Assert.Equal($"{new string(' ', 48)}└─ (+1) step 17 · user call · 0 ms", lines[17]);
        Assert.Equal($"{new string(' ', 48)}└─ (+9983) step 9999 · user call · 0 ms", lines[^1]);
    }

    [Fact]
    public async Task A_trace_is_one_write_so_that_publishers_can_share_a_writer()
    {
        using var writer = new CountingWriter();
        await using var app = new TracedApplication();
        var trace = await app.TraceAsync("root", _ => app.Trace("child"));

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var publisher = new ConsoleTracePublisher(writer);
            for (var round = 0; round < 50; round++)
            {
                await publisher.PublishAsync([trace, trace], TestContext.Current.CancellationToken);
            }
        })));

        Assert.Equal(800, writer.Writes.Count);
        Assert.All(writer.Writes, static text => Assert.Equal(["root · user call · 0 ms", "└─ child · user call · 0 ms"], Lines(text)));
    }

    private static async Task<string> PrintAsync(TextWriter writer, Func<string>? read = null, bool? colors = null)
    {
        await using var app = new TracedApplication(options => options.Publishers.Add(new ConsoleTracePublisher(writer, colors)));
        using (var root = app.Tracer.StartStep("IAnswerService.AnswerAsync"))
        {
            app.Time.Advance(TimeSpan.FromMilliseconds(213.5));
            using (var search = app.Tracer.StartStep("IRetriever.SearchAsync", StepType.Retriever))
            {
                app.Time.Advance(TimeSpan.FromMilliseconds(9.5));
                using (var embedding = app.Tracer.StartStep("Text Embedding", StepType.Embedding))
                {
                    var step = (EmbeddingStep)embedding.Step;
                    step.Model = "text-embedding-3-small";
                    step.PromptTokens = 8;
                    app.Time.Advance(TimeSpan.FromMilliseconds(2.5));
                }

                search.Step.SetCapturedOutput(new CapturedJson("""["doc one","doc two"]"""u8.ToArray()));
            }

            using (var chat = app.Tracer.StartStep("OpenAI Chat Completion", StepType.ChatCompletion))
            {
                var step = (ChatCompletionStep)chat.Step;
                step.Model = "gpt-4o-mini";
                step.PromptTokens = 812;
                step.CompletionTokens = 64;
                step.Tokens = 876;
                step.Cost = 0.00016;
                step.Metadata["timeToFirstToken"] = 41.0;
                step.Output = "Paris";
                app.Time.Advance(TimeSpan.FromMilliseconds(780));
            }

            using (var audit = app.Tracer.StartStep("IAudit.Write"))
            {
                audit.Step.RecordException(new IOException("disk full"));
            }

            root.Step.Output = "Paris is the capital of France.";
        }

        await app.DisposeAsync();
        await writer.FlushAsync();
        return (read ?? writer.ToString!)().ReplaceLineEndings("\n").TrimEnd('\n');
    }

    private static string[] Lines(string text) => text.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex(@"\u001b\[[0-9;]*m")]
    private static partial Regex EscapeSequence();

    private sealed class CountingWriter : StringWriter
    {
        private int _inside;

        public List<string> Writes { get; } = [];

        public override void Write(string? value)
        {
            Assert.Equal(1, Interlocked.Increment(ref _inside));
            Thread.Yield();
            Writes.Add(value!);
            Interlocked.Decrement(ref _inside);
        }
    }
}
