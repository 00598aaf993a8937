using System.Runtime.CompilerServices;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Streaming;

/// <summary>The step of a stream ends with the items produced so far as its output, and records how the stream ended.</summary>
public sealed class StreamEndTests
{
    [Theory, EveryRegistration]
    public async Task Exhausted(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);

        await foreach (var _ in container.Work.Stream("stream", () => Words("Hel", "lo ", "world")))
        {
            Assert.Empty(await container.TracesAsync());
        }

        var step = (await container.TraceAsync()).Root;
        Assert.Equal("Hello world", step.Output);
        Assert.False(step.Metadata.ContainsKey("streamEnded"));
        Assert.False(step.Metadata.ContainsKey("streamItems"));
    }

    [Theory, EveryRegistration]
    public async Task Failed(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);

        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await foreach (var _ in container.Work.Stream("stream", Fail))
            {
            }
        });

        var step = (await container.TraceAsync()).Root;
        AssertEnded("failed", items: 2, "Hello", step);
        Assert.Equal("no more words", step.Metadata["Exceptions"]);

        static async IAsyncEnumerable<string> Fail()
        {
            yield return "Hel";
            yield return "lo";
            await Task.Yield();
            throw new InvalidOperationException("no more words");
        }
    }

    [Theory, EveryRegistration]
    public async Task Cancelled_before_the_first_item(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var stream = container.Work.Stream("stream", static () => new BrokenStream(new OperationCanceledException()));

        Assert.Throws<OperationCanceledException>(() => stream.GetAsyncEnumerator(TestContext.Current.CancellationToken));

        var step = (await container.TraceAsync()).Root;
        Assert.Equal("cancelled", step.Metadata["streamEnded"]);
    }

    [Theory, EveryRegistration]
    public async Task Cancelled(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        using var cancellation = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in container.Work.Stream("stream", () => Endless()).WithCancellation(cancellation.Token))
            {
                await cancellation.CancelAsync();
            }
        });

        AssertEnded("cancelled", items: 1, "Hel", (await container.TraceAsync()).Root);

        static async IAsyncEnumerable<string> Endless([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            while (true)
            {
                await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                yield return "Hel";
            }
        }
    }

    [Theory, EveryRegistration]
    public async Task Disposed_early(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);

        await foreach (var word in container.Work.Stream("stream", () => Words("Hel", "lo ", "world")))
        {
            if (word == "lo ")
            {
                break;
            }
        }

        AssertEnded("left early", items: 2, "Hello ", (await container.TraceAsync()).Root);
    }

    [Theory, EveryRegistration]
    public async Task Disposed_early_because_the_consumer_failed(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);

        await Assert.ThrowsAsync<FormatException>(async () =>
        {
            await foreach (var _ in container.Work.Stream("stream", () => Words("Hel", "lo")))
            {
                throw new FormatException();
            }
        });

        var step = (await container.TraceAsync()).Root;
        AssertEnded("left early", items: 1, "Hel", step);
        Assert.False(step.Metadata.ContainsKey("Exceptions"));
    }

    [Fact]
    public async Task Failed_to_create_the_enumerator()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        var stream = container.Work.Stream("stream", static () => (IAsyncEnumerable<string>)new BrokenStream(new InvalidOperationException()));

        Assert.Throws<InvalidOperationException>(() => stream.GetAsyncEnumerator(TestContext.Current.CancellationToken));

        AssertEnded("failed", items: 0, "", (await container.TraceAsync()).Root);
    }

    [Fact]
    public async Task A_lazy_sequence_ends_like_a_stream()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);

        Assert.Equal(["Hel", "lo"], container.Work.Get("exhausted", () => Sequence(fails: false)));
        Assert.Equal("Hel", container.Work.Get("left early", () => Sequence(fails: false)).First());
        Assert.Throws<InvalidOperationException>(() => container.Work.Get("failed", () => Sequence(fails: true)).Count());

        var steps = (await container.TracesAsync()).Select(static trace => trace.Root).ToArray();
        Assert.Equal("Hello", steps[0].Output);
        Assert.False(steps[0].Metadata.ContainsKey("streamEnded"));
        AssertEnded("left early", items: 1, "Hel", steps[1]);
        AssertEnded("failed", items: 2, "Hello", steps[2]);

        static IEnumerable<string> Sequence(bool fails)
        {
            yield return "Hel";
            yield return "lo";
            if (fails)
            {
                throw new InvalidOperationException();
            }
        }
    }

    [Fact]
    public async Task Items_that_are_not_strings_are_recorded_as_a_list()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);

        await foreach (var _ in container.Work.Stream("stream", static () => Numbers.UpTo(3)))
        {
        }

        Assert.Equal("[1,2,3]", System.Text.Json.JsonSerializer.Serialize((await container.TraceAsync()).Root.Output));
    }

    [Fact]
    public async Task Items_are_counted_even_if_outputs_are_not_recorded()
    {
        await using var container = new TracedContainer(
            RegistrationStyle.InterfaceProxySingleton,
            static options => options.Capture.Outputs = false);

        await foreach (var _ in container.Work.Stream("stream", () => Words("Hel", "lo")))
        {
            break;
        }

        var step = (await container.TraceAsync()).Root;
        AssertEnded("left early", items: 1, null, step);
    }

    private static async IAsyncEnumerable<string> Words(params string[] words)
    {
        foreach (var word in words)
        {
            await Task.Yield();
            yield return word;
        }
    }

    private static void AssertEnded(string note, long items, string? output, Step step)
    {
        Assert.Equal(note, step.Metadata["streamEnded"]);
        Assert.Equal(items, step.Metadata["streamItems"]);
        Assert.Equal(output, step.Output);
        Assert.NotNull(step.EndTime);
    }

    private sealed class BrokenStream(Exception exception) : IAsyncEnumerable<string>
    {
        public IAsyncEnumerator<string> GetAsyncEnumerator(CancellationToken cancellationToken = default) => throw exception;
    }
}
