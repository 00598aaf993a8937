using System.Diagnostics.Metrics;
using Openlayer.Interception.Tests.Faults;

namespace Openlayer.Interception.Tests.Publishing.Delivery;

/// <summary>Alone, because a <see cref="MeterListener"/> hears the meters of every tracer in the process.</summary>
[Collection(typeof(RealClock))]
public sealed class NotConfiguredTests
{
    [Fact]
    public async Task Without_an_API_key_traces_count_as_not_sent_and_one_warning_says_so()
    {
        var counts = new Dictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = static (instrument, listening) =>
        {
            if (instrument.Meter.Name == "Openlayer.Interception")
            {
                listening.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
        {
            lock (counts)
            {
                counts[instrument.Name] = counts.GetValueOrDefault(instrument.Name) + value;
            }
        });
        listener.Start();
        await using var app = new TracedApplication(static options =>
        {
            options.SendToOpenlayer = true;
            options.InferencePipelineId = "pipe-1";
        });

        for (var trace = 0; trace < 3; trace++)
        {
            app.Trace("trace");
        }

        await app.Tracer.FlushAsync(TestContext.Current.CancellationToken);
        await app.Tracer.DisposeAsync();

        Assert.Equal(0, counts.GetValueOrDefault("openlayer.traces.dropped") + counts.GetValueOrDefault("openlayer.traces.failed"));
        Assert.Equal(3, counts.GetValueOrDefault("openlayer.traces.not_sent"));
        Assert.StartsWith("Warning: Traces are not sent to Openlayer.", Assert.Single(app.Log.Messages), StringComparison.Ordinal);
    }
}
