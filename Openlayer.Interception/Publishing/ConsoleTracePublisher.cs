using Openlayer.Interception.Publishing;

namespace Openlayer.Interception;

/// <summary>
/// Prints each trace as a tree, one line a step: name, type, duration, for a model step its model and tokens, then what went wrong or the
/// beginning of the output. Plain text, no colours; lines of at most 120 characters; control characters are not printed. Where the
/// writer's encoding has no box characters the tree is drawn in ASCII. Traces come in the order of their completion, each in one write.
/// Thread-safe.
/// </summary>
/// <param name="writer">Where to print. Default: null, then what <see cref="Console.Out"/> is at that moment.</param>
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

            // The console's own writer locks itself as well, and several publishers may share one.
            lock (output)
            {
                output.Write(text);
                output.Flush();
            }
        }

        return default;
    }
}
