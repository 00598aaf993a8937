using System.Text;
using System.Text.Json;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Openlayer.Interception.Tests.Streaming;

/// <summary>Calls of a gRPC client against a server on loopback.</summary>
public sealed class RemoteCallTests : IAsyncLifetime
{
    private readonly InMemoryTracePublisher _publisher = new();
    private WebApplication _server = null!;
    private GrpcChannel _channel = null!;
    private OpenlayerTracer _tracer = null!;
    private IGreeter _greeter = null!;

    public interface IGreeter
    {
        AsyncUnaryCall<string> GreetAsync(string name, CancellationToken cancellationToken = default);

        AsyncServerStreamingCall<string> GreetMany(string name, CancellationToken cancellationToken = default);

        AsyncClientStreamingCall<string, string> GreetAll(CancellationToken cancellationToken = default);

        AsyncDuplexStreamingCall<string, string> Chat(CancellationToken cancellationToken = default);
    }

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static options => options.Listen(System.Net.IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IServiceMethodProvider<Server>, Methods>());
        _server = builder.Build();
        _server.MapGrpcService<Server>();
        await _server.StartAsync(TestContext.Current.CancellationToken);
        _channel = GrpcChannel.ForAddress(_server.Urls.First());
        _tracer = new OpenlayerTracer(new OpenlayerOptions { Publishers = { _publisher } });
        _greeter = _tracer.Intercept<IGreeter>(new Client(_channel.CreateCallInvoker()));
    }

    public async ValueTask DisposeAsync()
    {
        await _tracer.DisposeAsync();
        _channel.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task The_step_of_a_unary_call_ends_with_the_response_and_has_the_message_as_its_output()
    {
        using var call = _greeter.GreetAsync("Ada", TestContext.Current.CancellationToken);

        Assert.Equal("Hello Ada", await call);
        Assert.Equal("1", (await call.ResponseHeadersAsync).GetValue("x-greeter"));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        Assert.NotNull(call.GetTrailers());
        await AssertStepAsync("""IGreeter.GreetAsync {"name":"Ada"} Hello Ada""");
    }

    [Fact]
    public async Task A_failed_call_throws_the_same_and_its_step_has_the_error()
    {
        using var call = _greeter.GreetAsync("unknown", TestContext.Current.CancellationToken);

        var failure = await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.Equal(StatusCode.NotFound, failure.StatusCode);
        Assert.Equal(StatusCode.NotFound, call.GetStatus().StatusCode);
        var step = await StepAsync();
        Assert.Contains("NotFound", JsonSerializer.Serialize(step.Metadata), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_is_disposed_before_its_response_ends_its_step()
    {
        var call = _greeter.GreetAsync("never", TestContext.Current.CancellationToken);
        call.Dispose();

        await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.NotNull((await StepAsync()).EndTime);
    }

    [Fact]
    public async Task The_step_of_a_server_streaming_call_has_all_messages()
    {
        using var call = _greeter.GreetMany("Ada", TestContext.Current.CancellationToken);
        var messages = new List<string>();
        await foreach (var message in call.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            messages.Add(message);
        }

        Assert.Equal(["1 Ada ", "2 Ada ", "3 Ada "], messages);
        await AssertStepAsync("""IGreeter.GreetMany {"name":"Ada"} 1 Ada 2 Ada 3 Ada """);
    }

    [Fact]
    public async Task A_server_streaming_call_that_is_disposed_early_has_the_messages_so_far()
    {
        using (var call = _greeter.GreetMany("Ada", TestContext.Current.CancellationToken))
        {
            Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
            Assert.Equal("1 Ada ", call.ResponseStream.Current);
        }

        await AssertStepAsync("""IGreeter.GreetMany {"name":"Ada"} 1 Ada """);
    }

    [Fact]
    public async Task The_step_of_a_client_streaming_call_ends_with_the_response()
    {
        using var call = _greeter.GreetAll(TestContext.Current.CancellationToken);
        await call.RequestStream.WriteAsync("Ada", TestContext.Current.CancellationToken);
        await call.RequestStream.WriteAsync("Bob", TestContext.Current.CancellationToken);
        await call.RequestStream.CompleteAsync();

        Assert.Equal("Hello Ada, Bob", await call);
        await AssertStepAsync("IGreeter.GreetAll {} Hello Ada, Bob");
    }

    [Fact]
    public async Task The_step_of_a_duplex_call_has_all_responses()
    {
        using var call = _greeter.Chat(TestContext.Current.CancellationToken);
        await call.RequestStream.WriteAsync("a", TestContext.Current.CancellationToken);
        Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        await call.RequestStream.WriteAsync("b", TestContext.Current.CancellationToken);
        Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));

        await AssertStepAsync("IGreeter.Chat {} ab");
    }

    [Fact]
    public async Task A_cancelled_unary_call_throws_the_same_and_its_step_says_so()
    {
        using var source = new CancellationTokenSource();
        using var call = _greeter.GreetAsync("never", source.Token);
        await source.CancelAsync();

        var failure = await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.Equal(StatusCode.Cancelled, failure.StatusCode);
        Assert.Contains("Cancelled", JsonSerializer.Serialize((await StepAsync()).Metadata), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_stream_has_the_messages_so_far_and_says_that_it_was_cancelled()
    {
        using var source = new CancellationTokenSource();
        using var call = _greeter.GreetMany("endless", source.Token);
        Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        await source.CancelAsync();

        var failure = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Equal(StatusCode.Cancelled, failure.StatusCode);
        Assert.Contains("Cancelled", JsonSerializer.Serialize((await StepAsync()).Metadata), StringComparison.Ordinal);
        await AssertStepAsync("""IGreeter.GreetMany {"name":"endless"} 1 endless """);
    }

    [Fact]
    public async Task A_stream_that_fails_has_the_messages_so_far_and_the_error()
    {
        using var call = _greeter.GreetMany("failing", TestContext.Current.CancellationToken);

        var failure = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await foreach (var message in call.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken))
            {
                Assert.EndsWith("failing ", message, StringComparison.Ordinal);
            }
        });
        Assert.Equal(StatusCode.Aborted, failure.StatusCode);
        Assert.Contains("Aborted", JsonSerializer.Serialize((await StepAsync()).Metadata), StringComparison.Ordinal);
        await AssertStepAsync("""IGreeter.GreetMany {"name":"failing"} 1 failing 2 failing """);
    }

    [Fact]
    public async Task A_client_streaming_call_that_fails_throws_the_same_and_its_step_has_the_error()
    {
        using var call = _greeter.GreetAll(TestContext.Current.CancellationToken);
        await call.RequestStream.WriteAsync("unknown", TestContext.Current.CancellationToken);
        await call.RequestStream.CompleteAsync();

        var failure = await Assert.ThrowsAsync<RpcException>(async () => await call.ResponseAsync);
        Assert.Equal(StatusCode.NotFound, failure.StatusCode);
        Assert.Contains("NotFound", JsonSerializer.Serialize((await StepAsync()).Metadata), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_streaming_call_that_is_disposed_before_its_response_ends_its_step()
    {
        var call = _greeter.GreetAll(TestContext.Current.CancellationToken);
        await call.RequestStream.WriteAsync("Ada", TestContext.Current.CancellationToken);
        call.Dispose();

        await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.NotNull((await StepAsync()).EndTime);
    }

    [Fact]
    public async Task A_duplex_call_that_is_disposed_early_has_the_responses_so_far()
    {
        using (var call = _greeter.Chat(TestContext.Current.CancellationToken))
        {
            await call.RequestStream.WriteAsync("a", TestContext.Current.CancellationToken);
            Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
            await call.RequestStream.WriteAsync("b", TestContext.Current.CancellationToken);
        }

        await AssertStepAsync("IGreeter.Chat {} a");
    }

    [Fact]
    public async Task A_call_that_is_complete_stays_so_and_has_one_response_task()
    {
        var greeter = _tracer.Intercept<IGreeter>(new Fake(Task.FromResult("Hello")));
        var call = greeter.GreetAsync("Ada", TestContext.Current.CancellationToken);

        Assert.True(call.ResponseAsync.IsCompletedSuccessfully);
        Assert.Same(call.ResponseAsync, call.ResponseAsync);
        Assert.Equal("Hello", await call.ConfigureAwait(false));
        await AssertStepAsync("""IGreeter.GreetAsync {"name":"Ada"} Hello""");
    }

    [Fact]
    public async Task A_cancelled_response_that_nobody_awaits_is_no_unobserved_exception()
    {
        var unobserved = new List<Exception>();
        EventHandler<UnobservedTaskExceptionEventArgs> handler = (_, arguments) => unobserved.AddRange(arguments.Exception.InnerExceptions);
        TaskScheduler.UnobservedTaskException += handler;
        try
        {
            Leave();
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Assert.DoesNotContain(unobserved, static exception => exception.Message.Contains("not awaited", StringComparison.Ordinal));
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= handler;
        }

        Assert.NotNull((await StepAsync()).EndTime);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        void Leave()
        {
            // As the client does for calls that are cancelled or disposed.
            var response = new TaskCompletionSource<string>();
            var greeter = _tracer.Intercept<IGreeter>(new Fake(response.Task));
            greeter.GreetAsync("Ada", TestContext.Current.CancellationToken).Dispose();
            response.SetException(new RpcException(new Status(StatusCode.Cancelled, "not awaited")));
            _ = response.Task.Exception;
        }
    }

    private async Task AssertStepAsync(string expected)
    {
        var step = await StepAsync();
        Assert.Equal(expected, $"{step.Name} {JsonSerializer.Serialize(step.Inputs)} {step.Output}");
    }

    private async Task<Step> StepAsync()
    {
        await _tracer.FlushAsync(TestContext.Current.CancellationToken);
        return Assert.Single(_publisher.Traces).Root;
    }

    private sealed class Client(CallInvoker invoker) : IGreeter
    {
        public AsyncUnaryCall<string> GreetAsync(string name, CancellationToken cancellationToken) =>
            invoker.AsyncUnaryCall(Methods.Greet, null, new CallOptions(cancellationToken: cancellationToken), name);

        public AsyncServerStreamingCall<string> GreetMany(string name, CancellationToken cancellationToken) =>
            invoker.AsyncServerStreamingCall(Methods.GreetMany, null, new CallOptions(cancellationToken: cancellationToken), name);

        public AsyncClientStreamingCall<string, string> GreetAll(CancellationToken cancellationToken) =>
            invoker.AsyncClientStreamingCall(Methods.GreetAll, null, new CallOptions(cancellationToken: cancellationToken));

        public AsyncDuplexStreamingCall<string, string> Chat(CancellationToken cancellationToken) =>
            invoker.AsyncDuplexStreamingCall(Methods.Chat, null, new CallOptions(cancellationToken: cancellationToken));
    }

    private sealed class Fake(Task<string> response) : IGreeter
    {
        public AsyncUnaryCall<string> GreetAsync(string name, CancellationToken cancellationToken) =>
            new(response, Task.FromResult(new Metadata()), static () => Status.DefaultSuccess, static () => [], static () => { });

        public AsyncServerStreamingCall<string> GreetMany(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

        public AsyncClientStreamingCall<string, string> GreetAll(CancellationToken cancellationToken) => throw new NotSupportedException();

        public AsyncDuplexStreamingCall<string, string> Chat(CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class Server;

    private sealed class Methods : IServiceMethodProvider<Server>
    {
        private static readonly Marshaller<string> Text = Marshallers.Create(Encoding.UTF8.GetBytes, Encoding.UTF8.GetString);

        public static readonly Method<string, string> Greet = new(MethodType.Unary, "Greeter", nameof(Greet), Text, Text);
        public static readonly Method<string, string> GreetMany = new(MethodType.ServerStreaming, "Greeter", nameof(GreetMany), Text, Text);
        public static readonly Method<string, string> GreetAll = new(MethodType.ClientStreaming, "Greeter", nameof(GreetAll), Text, Text);
        public static readonly Method<string, string> Chat = new(MethodType.DuplexStreaming, "Greeter", nameof(Chat), Text, Text);

        public void OnServiceMethodDiscovery(ServiceMethodProviderContext<Server> context)
        {
            context.AddUnaryMethod(Greet, [], static async (_, name, call) =>
            {
                if (name == "never")
                {
                    await Task.Delay(Timeout.Infinite, call.CancellationToken);
                }

                await call.WriteResponseHeadersAsync(new Metadata { { "x-greeter", "1" } });
                return name == "unknown" ? throw new RpcException(new Status(StatusCode.NotFound, "no such name")) : $"Hello {name}";
            });
            context.AddServerStreamingMethod(GreetMany, [], static async (_, name, writer, call) =>
            {
                for (var index = 1; index <= 3; index++)
                {
                    await writer.WriteAsync($"{index} {name} ");
                    if (name == "endless")
                    {
                        await Task.Delay(Timeout.Infinite, call.CancellationToken);
                    }
                    else if (name == "failing" && index == 2)
                    {
                        throw new RpcException(new Status(StatusCode.Aborted, "no more"));
                    }
                }
            });
            context.AddClientStreamingMethod(GreetAll, [], static async (_, reader, _) =>
            {
                var names = new List<string>();
                await foreach (var name in reader.ReadAllAsync())
                {
                    names.Add(name);
                }

                return names.Contains("unknown") ? throw new RpcException(new Status(StatusCode.NotFound, "no such name")) : $"Hello {string.Join(", ", names)}";
            });
            context.AddDuplexStreamingMethod(Chat, [], static async (_, reader, writer, _) =>
            {
                await foreach (var text in reader.ReadAllAsync())
                {
                    await writer.WriteAsync(text);
                }
            });
        }
    }
}
