using System.Collections;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>Code of the application that runs while a request or a response is read opens no steps, and leaves no trace in the caller's context.</summary>
public sealed class UntracedReadingTests
{
    private static readonly AsyncLocal<string?> Written = new();

    [ProviderClient("Own", StepType.ChatCompletion)]
    public interface IOwnClient
    {
        Task<Reply> AskAsync(Request request);

        IAsyncEnumerable<Reply> AskStreamingAsync(Request request);
    }

    [Fact]
    public async Task Getters_and_collections_of_a_request_and_a_whole_response_open_no_steps()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        var client = container.Tracer.Intercept<IOwnClient>(new OwnClient());

        await client.AskAsync(new Request(() => Read(container)));

        Assert.Null(Written.Value);
        var root = (await container.TraceAsync()).Root;
        Assert.Empty(root.Steps);
        Assert.Equal("Paris", root.Output);
    }

    [Fact]
    public async Task Getters_of_a_streams_items_open_no_steps()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        var client = container.Tracer.Intercept<IOwnClient>(new OwnClient());

        await foreach (var _ in client.AskStreamingAsync(new Request(() => Read(container))))
        {
            Assert.Null(Written.Value);
        }

        var root = (await container.TraceAsync()).Root;
        Assert.Empty(root.Steps);
        Assert.Equal("ParisParis", root.Output);
    }

    [Fact]
    public async Task Work_that_a_getter_starts_is_traced_when_the_reading_is_over()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        var client = container.Tracer.Intercept<IOwnClient>(new OwnClient());
        var gate = new TaskCompletionSource();
        var started = Task.CompletedTask;

        await client.AskAsync(new Request(() =>
        {
            if (started == Task.CompletedTask)
            {
                started = AfterAsync();
            }
        }));
        gate.SetResult();
        await started;

        Assert.Equal(2, (await container.TracesAsync()).Count);

        async Task AfterAsync()
        {
            await gate.Task;
            container.Work.Do("after");
        }
    }

    private static void Read(TracedContainer container)
    {
        Written.Value = "by a getter";
        container.Work.Do("inside a getter");
    }

    private sealed class OwnClient : IOwnClient
    {
        public async Task<Reply> AskAsync(Request request)
        {
            await Task.Yield();
            return request.Reply();
        }

        public async IAsyncEnumerable<Reply> AskStreamingAsync(Request request)
        {
            await Task.Yield();
            yield return request.Reply();
            yield return request.Reply();
        }
    }

    public sealed class Request(Action reading)
    {
        public IReadOnlyList<Message> Messages
        {
            get
            {
                reading();
                return new MessageList(reading);
            }
        }

        public Reply Reply() => new(reading);
    }

    public sealed class Message(Action reading)
    {
        public string Role
        {
            get
            {
                reading();
                return "user";
            }
        }

        public string Content
        {
            get
            {
                reading();
                return "capital?";
            }
        }
    }

    public sealed class Reply(Action reading)
    {
        public string Text
        {
            get
            {
                reading();
                return "Paris";
            }
        }

        public Reason FinishReason { get; } = new(reading);
    }

    public sealed class Reason(Action reading)
    {
        public override string ToString()
        {
            reading();
            return "stop";
        }
    }

    private sealed class MessageList(Action reading) : IReadOnlyList<Message>
    {
        public int Count
        {
            get
            {
                reading();
                return 1;
            }
        }

        public Message this[int index] => new(reading);

        public IEnumerator<Message> GetEnumerator()
        {
            reading();
            yield return new Message(reading);
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
