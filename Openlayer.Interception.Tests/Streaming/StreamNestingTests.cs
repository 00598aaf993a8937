using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Streaming;

public sealed class StreamNestingTests
{
    [Theory, EveryRegistration]
    public async Task The_step_of_a_stream_opens_at_the_call(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;

        await work.DoAsync("request", async () =>
        {
            var stream = work.Stream("stream", () => Numbers.UpTo(2));
            Assert.Equal("request", container.Current);
            work.Do("between");
            await foreach (var _ in stream)
            {
            }
        });

        Assert.Equal("request(stream, between)", await container.TreesAsync());
    }

    [Theory, EveryRegistration]
    public async Task A_call_in_the_iterators_body_nests_under_the_stream_after_any_yield(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;

        await work.DoAsync("request", async () =>
        {
            await foreach (var _ in work.Stream("stream", Produce))
            {
                await Task.Yield();
            }
        });

        Assert.Equal("request(stream(a, b, c, d))", await container.TreesAsync());

        async IAsyncEnumerable<int> Produce()
        {
            work.Do("a");
            yield return 1;
            work.Do("b");
            yield return 2;
            await Task.Yield();
            work.Do("c");
            yield return 3;
            await work.DoAsync("d", async () => await Task.Yield());
            Assert.Equal("stream", container.Current);
        }
    }

    [Theory, EveryRegistration]
    public async Task The_consumers_step_is_ambient_between_items(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;

        await work.DoAsync("request", async () =>
        {
            await foreach (var number in work.Stream("stream", () => Numbers.UpTo(2)))
            {
                Assert.Equal("request", container.Current);
                work.Do($"consumer {number}");
                await Task.Yield();
                Assert.Equal("request", container.Current);
            }

            Assert.Equal("request", container.Current);
        });

        Assert.Equal("request(stream, consumer 1, consumer 2)", await container.TreesAsync());
    }

    [Theory, EveryRegistration]
    public async Task A_call_in_the_finally_block_of_a_stream_disposed_early_nests_under_the_stream(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;

        await foreach (var _ in work.Stream("stream", Produce))
        {
            break;
        }

        Assert.Equal("stream(clean up, clean up later)", await container.TreesAsync());

        async IAsyncEnumerable<int> Produce()
        {
            try
            {
                yield return 1;
            }
            finally
            {
                work.Do("clean up");
                await Task.Yield();
                work.Do("clean up later");
            }
        }
    }

    [Theory, EveryRegistration]
    public async Task Interleaved_streams_keep_their_own_calls(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;

        await work.DoAsync("request", async () =>
        {
            await using var left = work.Stream("left", () => Produce("l")).GetAsyncEnumerator(TestContext.Current.CancellationToken);
            await using var right = work.Stream("right", () => Produce("r")).GetAsyncEnumerator(TestContext.Current.CancellationToken);
            while (await left.MoveNextAsync() && await right.MoveNextAsync())
            {
                Assert.Equal("request", container.Current);
            }
        });

        Assert.Equal("request(left(l1, l2), right(r1, r2))", await container.TreesAsync());

        async IAsyncEnumerable<int> Produce(string name)
        {
            await foreach (var number in Numbers.UpTo(2))
            {
                work.Do($"{name}{number}");
                yield return number;
            }
        }
    }

    [Theory, EveryRegistration]
    public async Task A_stream_consumed_within_another_nests_under_it(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;

        await foreach (var number in work.Stream("outer", Outer))
        {
            work.Do($"outside {number}");
        }

        // The consumer's calls are not within any step.
        Assert.Equal("outside 1; outside 2; outer(inner(a1, a2), b1, b2)", await container.TreesAsync());

        async IAsyncEnumerable<int> Outer()
        {
            await foreach (var number in work.Stream("inner", Inner))
            {
                work.Do($"b{number}");
                yield return number;
            }
        }

        async IAsyncEnumerable<int> Inner()
        {
            await foreach (var number in Numbers.UpTo(2))
            {
                work.Do($"a{number}");
                yield return number;
            }
        }
    }

    [Theory, EveryRegistration]
    public async Task A_stream_returned_through_another_service_is_a_step_of_both(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;

        await foreach (var _ in work.Stream("facade", () => work.Stream("source", Produce)))
        {
        }

        Assert.Equal("facade(source(a))", await container.TreesAsync());

        async IAsyncEnumerable<int> Produce()
        {
            yield return 1;
            await Task.Yield();
            work.Do("a");
        }
    }

    [Theory, EveryRegistration]
    public async Task A_second_enumeration_is_a_second_step(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;

        await work.DoAsync("request", async () =>
        {
            var stream = work.Stream("stream", Produce);
            await foreach (var _ in stream)
            {
            }

            work.Do("between");
            await foreach (var _ in stream)
            {
                break;
            }
        });

        Assert.Equal("request(stream(body), between, stream(body))", await container.TreesAsync());
        var second = (await container.TraceAsync()).Root.Steps[2];
        Assert.Equal("left early", second.Metadata["streamEnded"]);

        async IAsyncEnumerable<int> Produce()
        {
            work.Do("body");
            await foreach (var number in Numbers.UpTo(2))
            {
                yield return number;
            }
        }
    }

    [Theory, EveryRegistration]
    public async Task A_call_in_the_body_of_a_lazy_sequence_nests_under_the_sequence(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;

        work.Do("request", () =>
        {
            foreach (var number in work.Get("sequence", Produce))
            {
                work.Do($"consumer {number}");
            }
        });

        Assert.Equal("request(sequence(a, b, c), consumer 1, consumer 2)", await container.TreesAsync());

        IEnumerable<int> Produce()
        {
            work.Do("a");
            yield return 1;
            work.Do("b");
            yield return 2;
            work.Do("c");
        }
    }
}
