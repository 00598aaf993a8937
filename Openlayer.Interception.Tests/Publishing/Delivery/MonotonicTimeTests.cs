using Microsoft.Extensions.Time.Testing;
using Openlayer.Interception.Publishing.Delivery;

namespace Openlayer.Interception.Tests.Publishing.Delivery;

[Trait("Clock", "Real")]
public sealed class MonotonicTimeTests
{
    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(0)]
    [InlineData(long.MaxValue)]
    public void A_timer_can_wait_for_any_time_however_far_away(long timestamp)
    {
        var clock = new FakeTimeProvider();
        using var timer = TimeProvider.System.CreateTimer(static _ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        foreach (var provider in new[] { clock, TimeProvider.System })
        {
            var left = new MonotonicTime(timestamp).Left(provider);

            Assert.InRange(left, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(2));
            Assert.True(timer.Change(left, Timeout.InfiniteTimeSpan));
            Assert.Equal(timestamp != long.MaxValue, left == TimeSpan.FromMilliseconds(1));
        }
    }

    [Fact]
    public void A_delay_beyond_the_range_of_the_clock_never_ends()
    {
        foreach (var provider in new[] { new FakeTimeProvider(), TimeProvider.System })
        {
            Assert.False(MonotonicTime.In(TimeSpan.MaxValue, provider).IsOver(provider));
            Assert.False(MonotonicTime.In(TimeSpan.FromSeconds(1), provider).IsOver(provider));
            Assert.True(MonotonicTime.In(TimeSpan.Zero, provider).IsOver(provider));
        }
    }
}
