using Openlayer.Interception.Publishing;

namespace Openlayer.Interception;

/// <summary>
/// Prints each trace as a tree, one line per step: its name, type and duration, the model and tokens of a model step, then the exception
/// or the first characters of the output. The text is plain, without colours or control characters, in lines of at most 120 characters.
/// The tree is drawn in ASCII if the writer's encoding has no box-drawing characters. Traces are printed in the order of their completion,
/// each in one write. Thread-safe.
/// </summary>
/// <param name="writer">The writer to print to. Default: null, which is <see cref="Console.Out"/> at the time of printing.</param>
public sealed class ConsoleTracePublisher(TextWriter? writer = null) : ITracePublisher
{
    /// <inheritdoc/>
    public ValueTask PublishAsync(IReadOnlyList<OpenlayerTrace> traces, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(traces);
        var output = writer ?? Console.Out;
        var printer = new StepTreePrinter(StepTreeGlyphs.For(output.Encoding));
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
