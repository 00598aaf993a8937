using Openlayer.Interception.Publishing;

namespace Openlayer.Interception;

/// <summary>
/// Prints each trace as a tree, one line per step: its name, type and duration; the model, the time to the first token, the tokens and the
/// cost of a model step; then the first characters of the output, or of the exception. A failed step begins with a cross. On a terminal, lines
/// are as long as it is wide, and coloured if it has colours; else they have at most 120 characters. Control characters in values are
/// replaced. The tree is drawn in ASCII if the writer's encoding has no box-drawing characters. Traces are printed in the order of their
/// completion, each in one write. Thread-safe.
/// </summary>
/// <param name="writer">The writer to print to. Default: null, which is <see cref="Console.Out"/> at the time of printing.</param>
/// <param name="colors">
/// Whether to print in colours, as escape sequences. Default: null, which is true if the writer is that of a terminal with colours. There are
/// none if the environment variable <c>NO_COLOR</c> is set.
/// </param>
public sealed class ConsoleTracePublisher(TextWriter? writer = null, bool? colors = null) : ITracePublisher
{
    private const int DefaultWidth = 120;

    /// <inheritdoc/>
    public ValueTask PublishAsync(IReadOnlyList<OpenlayerTrace> traces, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(traces);
        var output = writer ?? Console.Out;
        var isTerminal = Terminal.IsBehind(output);
        var hasColors = !Terminal.IsPlain(Environment.GetEnvironmentVariable)
            && (colors ?? (isTerminal && Terminal.HasColors(Environment.GetEnvironmentVariable, OperatingSystem.IsWindows())));
        var width = (isTerminal ? Terminal.Width() : null) ?? DefaultWidth;
        var printer = new StepTreePrinter(StepTreeGlyphs.For(output.Encoding), width, hasColors);
        foreach (var trace in traces)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var text = printer.Print(trace.Root);

            // Several publishers may share a writer. The console's own writer synchronises on itself too.
            lock (output)
            {
                output.Write(text);
                output.Flush();
            }
        }

        return default;
    }
}
