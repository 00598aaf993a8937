namespace Openlayer.Interception.Tests.Publishing;

/// <summary>Tests the clock that the tests of delivery depend on.</summary>
public sealed class ClockTests
{
    private static readonly DateTimeOffset Start = new(2024, 5, 6, 7, 8, 9, TimeSpan.Zero);

    [Fact]
    public async Task A_timer_set_while_another_thread_advances_the_clock_fires_at_the_next_timer()
    {
        for (var round = 0; round < 2_000; round++)
        {
            var clock = new Clock(Start);
            var fired = 0;
            using var timer = clock.CreateTimer(_ => fired++, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            using var ready = new Barrier(2);

            var setting = Task.Run(
                () =>
                {
                    ready.SignalAndWait();
                    timer.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
                },
                TestContext.Current.CancellationToken);
            ready.SignalAndWait(TestContext.Current.CancellationToken);
            clock.Advance(TimeSpan.FromMilliseconds(999));
            await setting;
            clock.AdvanceToNextTimer(TimeSpan.FromHours(1));

            Assert.Equal(1, fired);
        }
    }

    [Fact]
    public void Timers_fire_in_order_at_their_due_times()
    {
        var clock = new Clock(Start);
        var fired = new List<(string Name, TimeSpan At)>();
        ITimer Set(string name, double due, double period = -0.001) => clock.CreateTimer(
            _ => fired.Add((name, clock.GetUtcNow() - Start)),
            null,
            TimeSpan.FromSeconds(due),
            TimeSpan.FromSeconds(period));

        using var late = Set("late", 3);
        using var periodic = Set("periodic", 1, 1.5);
        using var early = Set("early", 2);
        using var beyond = Set("beyond", 5);
        using var disposed = Set("disposed", 1);
        disposed.Dispose();
        clock.Advance(TimeSpan.FromSeconds(4));

        Assert.Equal(
            [("periodic", 1.0), ("early", 2.0), ("periodic", 2.5), ("late", 3.0), ("periodic", 4.0)],
            fired.Select(static timer => (timer.Name, timer.At.TotalSeconds)));
        Assert.Equal(Start + TimeSpan.FromSeconds(4), clock.GetUtcNow());
        Assert.False(disposed.Change(TimeSpan.Zero, TimeSpan.Zero));
    }

    [Fact]
    public void The_clock_does_not_advance_without_a_timer_due_within_the_limit()
    {
        var clock = new Clock(Start);
        clock.AdvanceToNextTimer(TimeSpan.FromHours(1));
        using var timer = clock.CreateTimer(static _ => Assert.Fail("It is not due."), null, TimeSpan.FromHours(2), Timeout.InfiniteTimeSpan);
        clock.AdvanceToNextTimer(TimeSpan.FromHours(1));

        Assert.Equal(Start, clock.GetUtcNow());
        Assert.True(clock.HasTimerDueBetween(Start + TimeSpan.FromHours(2), Start + TimeSpan.FromHours(2)));
    }
}
