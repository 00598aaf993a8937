using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;
using Openlayer.Interception.Publishing;
using Openlayer.Interception.Publishing.Delivery;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Tests.Publishing.Delivery;

public sealed class SenderStateMachineTests : IDisposable
{
    private readonly DeliveryMeter _meter = new();
    private readonly SenderStateMachine _states;

    public SenderStateMachineTests()
    {
        var settings = OpenlayerSettings.From(new OpenlayerOptions { TimeProvider = new Clock(DateTimeOffset.UnixEpoch) });
        var log = new InternalLog(null);
        var outage = new OutageLog(settings, new PublishingContext(new AmbientStep(), log), _meter);
        _states = new SenderStateMachine(settings, outage, log, hasReplay: true);
    }

    [Fact]
    public void A_row_that_is_buffered_while_the_buffer_is_replayed_is_replayed_next()
    {
        _states.BeginReplay();
        _states.Buffered();
        _states.Succeeded();
        _states.Replayed(isComplete: true);

        Assert.NotEqual(MonotonicTime.Never, _states.ReplayAt);

        _states.BeginReplay();
        _states.Succeeded();
        _states.Replayed(isComplete: true);

        Assert.Equal(MonotonicTime.Never, _states.ReplayAt);
    }

    [Fact]
    public void Failures_back_off_then_pause_and_an_acknowledgement_ends_the_pause()
    {
        var failure = new SendOutcome(SendResult.Unavailable, new HttpRequestException("503")) { IsServerFailure = true };

        Assert.Equal(SenderState.Sending, _states.State);
        _states.Failed(failure);
        Assert.Equal(SenderState.BackingOff, _states.State);
        _states.Failed(failure);
        _states.Failed(failure);
        Assert.Equal(SenderState.Paused, _states.State);
        _states.Succeeded();
        Assert.Equal(SenderState.Sending, _states.State);
    }

    public void Dispose()
    {
        _states.Dispose();
        _meter.Dispose();
    }
}
