using System.Text;
using System.Threading.Channels;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// The examples are written as in an application, where no test's token is at hand.
#pragma warning disable xUnit1051

namespace Openlayer.Interception.Web.Tests;

/// <summary>The examples of docs/hosting.md that need a host, with what they do.</summary>
public sealed class HostExamples
{
    public sealed class UserSessionFilter(OpenlayerTracer tracer) : IHubFilter
    {
        public async ValueTask<object?> InvokeMethodAsync(
            HubInvocationContext invocationContext,
            Func<HubInvocationContext, ValueTask<object?>> next)
        {
            using (tracer.BeginSession(invocationContext.Context.UserIdentifier, invocationContext.Context.ConnectionId))
            {
                return await next(invocationContext);
            }
        }
    }

    public sealed class UserSessionCircuit(OpenlayerTracer tracer, AuthenticationStateProvider authentication) : CircuitHandler
    {
        public override Func<CircuitInboundActivityContext, Task> CreateInboundActivityHandler(
            Func<CircuitInboundActivityContext, Task> next) => async activity =>
        {
            var user = (await authentication.GetAuthenticationStateAsync()).User.Identity?.Name;
            using (tracer.BeginSession(user, activity.Circuit.Id))
            {
                await next(activity);
            }
        };
    }

    public sealed class UserSessionInterceptor(OpenlayerTracer tracer) : Interceptor
    {
        public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
        {
            using (BeginSession(context))
            {
                return await continuation(request, context);
            }
        }

        public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
            TRequest request,
            IServerStreamWriter<TResponse> responseStream,
            ServerCallContext context,
            ServerStreamingServerMethod<TRequest, TResponse> continuation)
        {
            using (BeginSession(context))
            {
                await continuation(request, responseStream, context);
            }
        }

        private IDisposable BeginSession(ServerCallContext context) =>
            tracer.BeginSession(context.RequestHeaders.GetValue("x-user-id"), context.RequestHeaders.GetValue("x-session-id"));
    }

    public sealed record Question(string Text, string UserId, string SessionId);

    public sealed class QuestionConsumer(ChannelReader<Question> questions, IAnswerService answers, OpenlayerTracer tracer) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await foreach (var question in questions.ReadAllAsync(stoppingToken))
            {
                using (tracer.BeginSession(question.UserId, question.SessionId))
                {
                    await answers.AnswerAsync(question.Text, stoppingToken);
                }
            }
        }
    }

    public sealed class AnswerHub(IAnswerService answers) : Hub
    {
        public Task<string> Ask(string question) => answers.AnswerAsync(question);

        public IAsyncEnumerable<string> Stream(string question) => answers.StreamAsync(question, Context.ConnectionAborted);
    }

    public sealed class AnswerFunction(IAnswerService answers, OpenlayerTracer tracer)
    {
        public async Task<string> HandleAsync(string question)
        {
            try
            {
                return await answers.AnswerAsync(question);
            }
            finally
            {
                await tracer.FlushAsync();
            }
        }
    }

    [Fact]
    public async Task A_hub_filter_gives_the_traces_of_a_connection_its_session()
    {
        var builder = CreateBuilder(HttpProtocols.Http1);
        builder.Services.AddSignalR(options => options.AddFilter<UserSessionFilter>());
        var traces = builder.Services.UseInMemoryOpenlayer();
        await using var server = builder.Build();
        server.MapHub<AnswerHub>("/answers");
        await server.StartAsync();
        await using var connection = new HubConnectionBuilder().WithUrl($"{server.Urls.First()}/answers").Build();
        await connection.StartAsync();

        Assert.Equal("An answer to one", await connection.InvokeAsync<string>("Ask", "one"));
        Assert.Equal(["An answer to ", "two"], await connection.StreamAsync<string>("Stream", "two").ToArrayAsync());

        await server.Services.GetRequiredService<OpenlayerTracer>().FlushAsync();
        Assert.Equal(["An answer to one", "An answer to two"], traces.Traces.Select(static trace => trace.Root.Output));
        Assert.All(traces.Traces, trace => Assert.Equal(connection.ConnectionId, trace.SessionId));
    }

    [Fact]
    public async Task A_server_interceptor_gives_the_traces_of_a_call_the_user_and_session_of_its_headers()
    {
        var builder = CreateBuilder(HttpProtocols.Http2);
        builder.Services.AddGrpc(options => options.Interceptors.Add<UserSessionInterceptor>());
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IServiceMethodProvider<AnswerCalls>, AnswerCalls.Methods>());
        var traces = builder.Services.UseInMemoryOpenlayer();
        await using var server = builder.Build();
        server.MapGrpcService<AnswerCalls>();
        await server.StartAsync();
        using var channel = GrpcChannel.ForAddress(server.Urls.First());
        var client = channel.CreateCallInvoker();
        var options = new CallOptions(new Metadata { { "x-user-id", "ada" }, { "x-session-id", "conversation-7" } });

        Assert.Equal("An answer to one", await client.AsyncUnaryCall(AnswerCalls.Ask, null, options, "one"));
        using var call = client.AsyncServerStreamingCall(AnswerCalls.Stream, null, options, "two");
        Assert.Equal(["An answer to ", "two"], await call.ResponseStream.ReadAllAsync().ToArrayAsync());

        await server.Services.GetRequiredService<OpenlayerTracer>().FlushAsync();
        Assert.Equal(["An answer to one", "An answer to two"], traces.Traces.Select(static trace => trace.Root.Output));
        Assert.All(traces.Traces, static trace => Assert.Equal(("ada", "conversation-7"), (trace.UserId, trace.SessionId)));
    }

    [Fact]
    public async Task Each_message_of_a_consumer_is_a_trace_with_the_user_and_session_of_the_message()
    {
        var questions = Channel.CreateUnbounded<Question>();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        AddServices(builder.Services);
        builder.Services.AddSingleton(questions.Reader);
        builder.Services.AddHostedService<QuestionConsumer>();
        var traces = builder.Services.UseInMemoryOpenlayer();
        using var host = builder.Build();
        await host.StartAsync();

        questions.Writer.TryWrite(new Question("one", "ada", "conversation-7"));
        questions.Writer.TryWrite(new Question("two", "bob", "conversation-8"));
        questions.Writer.Complete();
        await host.Services.GetServices<IHostedService>().OfType<QuestionConsumer>().Single().ExecuteTask!;
        await host.StopAsync();

        Assert.Equal(
            [("An answer to one", "ada", "conversation-7"), ("An answer to two", "bob", "conversation-8")],
            traces.Traces.Select(static trace => ($"{trace.Root.Output}", trace.UserId, trace.SessionId)));
    }

    [Fact]
    public async Task A_function_has_published_its_trace_when_it_returns()
    {
        var services = new ServiceCollection();
        AddServices(services);
        services.AddSingleton<AnswerFunction>();
        var traces = services.UseInMemoryOpenlayer();
        await using var provider = services.BuildServiceProvider();

        Assert.Equal("An answer to one", await provider.GetRequiredService<AnswerFunction>().HandleAsync("one"));

        Assert.Single(traces.Traces);
    }

    [Fact]
    public async Task A_program_without_a_host_publishes_its_traces_when_the_container_is_disposed()
    {
        var traces = new InMemoryTracePublisher();
        await RunAsync(services => services.Configure<OpenlayerOptions>(options =>
        {
            options.SendToOpenlayer = false;
            options.Publishers.Add(traces);
        }));

        Assert.Equal("An answer to one", Assert.Single(traces.Traces).Root.Output);

        static async Task RunAsync(Action<IServiceCollection> configure)
        {
            var services = new ServiceCollection();
            services.AddSingleton<IAnswerService, AnswerService>();
            services.AddOpenlayer().Intercept<IAnswerService>();
            configure(services);
            await using var provider = services.BuildServiceProvider();
            await provider.GetRequiredService<IAnswerService>().AnswerAsync("one");
        }
    }

    [Fact]
    public async Task A_test_of_a_web_application_reads_its_traces()
    {
        InMemoryTracePublisher? traces = null;
        await using var factory = new WebApplicationFactory<Program>().WithWebHostBuilder(host =>
            host.ConfigureTestServices(services => traces = services.UseInMemoryOpenlayer()));
        using var client = factory.CreateClient();

        await client.GetStringAsync("/answers?question=How+does+a+stream+end%3F");

        await factory.Services.GetRequiredService<OpenlayerTracer>().FlushAsync();
        var trace = Assert.Single(traces!.Traces);
        Assert.Equal("How does a stream end?", trace.Root.Inputs["question"]);
    }

    private static void AddServices(IServiceCollection services)
    {
        services.AddSingleton<IAnswerService, AnswerService>();
        services.AddOpenlayer().Intercept<IAnswerService>();
    }

    private static WebApplicationBuilder CreateBuilder(HttpProtocols protocols)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = protocols));
        AddServices(builder.Services);
        return builder;
    }

    /// <summary>A service of remote calls.</summary>
    private sealed class AnswerCalls(IAnswerService answers)
    {
        private static readonly Marshaller<string> Text = Marshallers.Create(Encoding.UTF8.GetBytes, Encoding.UTF8.GetString);

        public static readonly Method<string, string> Ask = new(MethodType.Unary, "Answers", nameof(Ask), Text, Text);
        public static readonly Method<string, string> Stream = new(MethodType.ServerStreaming, "Answers", nameof(Stream), Text, Text);

        public sealed class Methods : IServiceMethodProvider<AnswerCalls>
        {
            public void OnServiceMethodDiscovery(ServiceMethodProviderContext<AnswerCalls> context)
            {
                context.AddUnaryMethod(Ask, [], static (calls, question, _) => calls.AskAsync(question));
                context.AddServerStreamingMethod(Stream, [], static (calls, question, responses, _) => calls.StreamAsync(question, responses));
            }
        }

        private Task<string> AskAsync(string question) => answers.AnswerAsync(question);

        private async Task StreamAsync(string question, IServerStreamWriter<string> responses)
        {
            await foreach (var piece in answers.StreamAsync(question))
            {
                await responses.WriteAsync(piece);
            }
        }
    }
}
