using Microsoft.Extensions.Time.Testing;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Tracing;

public sealed class TimeTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Start);

    [Theory, EveryRegistration]
    public async Task A_step_starts_at_wall_clock_time_and_ends_one_latency_later(RegistrationStyle registration)
    {
        await using var container = Container(registration);
        var work = container.Work;

        work.Do("request", () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            work.Do("inner", () => _time.Advance(TimeSpan.FromSeconds(2)));
            Assert.Equal(TimeSpan.FromSeconds(3), container.Tracer.CurrentStep!.Latency);
            Assert.Null(container.Tracer.CurrentStep.EndTime);
        });

        var request = (await container.TraceAsync()).Root;
        Assert.Equal((Start, Start.AddSeconds(3)), (request.StartTime, request.EndTime));
        var inner = request.Steps[0];
        Assert.Equal((Start.AddSeconds(1), Start.AddSeconds(3)), (inner.StartTime, inner.EndTime));
        Assert.Equal(TimeSpan.FromSeconds(2), inner.Latency);
    }

    [Theory, EveryRegistration]
    public async Task Steps_never_run_backwards_when_the_wall_clock_is_set_back(RegistrationStyle registration)
    {
        var clock = new JumpingClock(Start);
        await using var container = new TracedContainer(registration, options => options.TimeProvider = clock);
        var work = container.Work;

        work.Do("request", () =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            clock.WallClock = Start.AddHours(-1);
            work.Do("inner", () => clock.Advance(TimeSpan.FromSeconds(2)));
        });

        var request = (await container.TraceAsync()).Root;
        Assert.Equal(TimeSpan.FromSeconds(3), request.Latency);
        Assert.Equal(Start.AddSeconds(3), request.EndTime);
        Assert.Equal(Start.AddSeconds(1), request.Steps[0].StartTime);
    }

    [Fact]
    public async Task The_latency_of_a_stream_includes_its_enumeration()
    {
        await using var container = Container(RegistrationStyle.InterfaceProxySingleton);

        await foreach (var _ in container.Work.Stream("stream", Produce))
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(TimeSpan.FromSeconds(6), (await container.TraceAsync()).Root.Latency);

        async IAsyncEnumerable<int> Produce()
        {
            for (var number = 0; number < 2; number++)
            {
                await Task.Yield();
                _time.Advance(TimeSpan.FromSeconds(2));
                yield return number;
            }
        }
    }

    private TracedContainer Container(RegistrationStyle registration) => new(registration, options => options.TimeProvider = _time);

    /// <summary>A clock whose wall-clock time can be set independently of its timestamps.</summary>
    private sealed class JumpingClock(DateTimeOffset start) : TimeProvider
    {
        private readonly FakeTimeProvider _monotonic = new();

        public DateTimeOffset WallClock { get; set; } = start;

        public override long TimestampFrequency => _monotonic.TimestampFrequency;

        public void Advance(TimeSpan time) => _monotonic.Advance(time);

        public override DateTimeOffset GetUtcNow() => WallClock;

        public override long GetTimestamp() => _monotonic.GetTimestamp();
    }
}
