using Microsoft.Extensions.Time.Testing;
using Openlayer.Interception.Publishing.Delivery;

namespace Openlayer.Interception.Tests.Publishing.Delivery;

public sealed class DeadlineTests
{
    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(0)]
    [InlineData(long.MaxValue)]
    public void However_far_away_a_deadline_is_a_timer_can_wait_for_it(long timestamp)
    {
        var clock = new FakeTimeProvider();
        using var timer = TimeProvider.System.CreateTimer(static _ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        foreach (var provider in new[] { clock, TimeProvider.System })
        {
            var left = new Deadline(timestamp).Left(provider);

            Assert.InRange(left, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(2));
            Assert.True(timer.Change(left, Timeout.InfiniteTimeSpan));
            Assert.Equal(timestamp != long.MaxValue, left == TimeSpan.FromMilliseconds(1));
        }
    }

    [Fact]
    public void A_pause_that_a_server_asks_for_until_the_end_of_time_is_not_over()
    {
        foreach (var provider in new[] { new FakeTimeProvider(), TimeProvider.System })
        {
            Assert.False(Deadline.In(TimeSpan.MaxValue, provider).IsOver(provider));
            Assert.False(Deadline.In(TimeSpan.FromSeconds(1), provider).IsOver(provider));
            Assert.True(Deadline.In(TimeSpan.Zero, provider).IsOver(provider));
        }
    }
}
