using Autofac;
using Autofac.Extras.DynamicProxy;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace OpenAI.Chat.LookAlike
{
    public interface IChatClient
    {
        Task<string> GetResponseAsync(string messages);
    }

    public class ChatClient : IChatClient
    {
        public Task<string> GetResponseAsync(string messages) => Task.FromResult("hello");

        public virtual Task<string> CompleteChatAsync(string messages) => Task.FromResult("hello");
    }
}

namespace Openlayer.Interception.Tests.Providers
{
    /// <summary>Types with the same names as clients, and responses of unknown shape.</summary>
    public sealed class LookAlikeTests
    {
        private readonly InMemoryTracePublisher _published = new();
        private readonly FakeLogCollector _logs = new();

        [ProviderClient("Acme")]
        public interface IStrangeGateway
        {
            Task<Strange?> CompleteAsync(string prompt);

        }

        [Fact]
        public async Task Types_with_the_names_of_clients_from_other_assemblies_are_ordinary_services()
        {
            await using var container = Build();

            await container.Resolve<OpenAI.Chat.LookAlike.IChatClient>().GetResponseAsync("hi");
            await container.Resolve<OpenAI.Chat.LookAlike.ChatClient>().CompleteChatAsync("hi");

            await container.Resolve<OpenlayerTracer>().FlushAsync(TestContext.Current.CancellationToken);
            Assert.Equal(
                ["IChatClient.GetResponseAsync", "ChatClient.CompleteChatAsync"],
                _published.Traces.Select(static trace => trace.Root.Name));
            Assert.All(_published.Traces, static trace => Assert.Equal(StepType.UserCall, trace.Root.Type));
        }

        [Fact]
        public async Task A_response_of_unknown_shape_is_recorded_as_raw_output_and_logged_once_for_its_type()
        {
            await using var container = Build();
            var gateway = container.Resolve<IStrangeGateway>();

            Assert.NotNull(await gateway.CompleteAsync("one"));
            Assert.NotNull(await gateway.CompleteAsync("two"));
            Assert.Null(await gateway.CompleteAsync("nothing"));

            await container.Resolve<OpenlayerTracer>().FlushAsync(TestContext.Current.CancellationToken);
            Assert.Equal("""{"Peculiar":1}""", ((ModelStep)_published.Traces[0].Root).RawOutput!.ToString());
            Assert.Null(((ModelStep)_published.Traces[2].Root).RawOutput);
            var log = Assert.Single(_logs.GetSnapshot(), static log => log.Category == "Openlayer.Interception.ModelClients");
            Assert.Equal(LogLevel.Debug, log.Level);
            Assert.Contains(nameof(Strange), log.Message, StringComparison.Ordinal);
        }

        private IContainer Build()
        {
            var builder = new ContainerBuilder();
            builder.RegisterOpenlayer(options =>
            {
                options.SendToOpenlayer = false;
                options.Publishers.Add(_published);
                options.LoggerFactory = new LoggerFactory([new FakeLoggerProvider(_logs)], new LoggerFilterOptions { MinLevel = LogLevel.Debug });
            });
            builder.RegisterType<OpenAI.Chat.LookAlike.ChatClient>().As<OpenAI.Chat.LookAlike.IChatClient>()
                .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
            builder.RegisterType<OpenAI.Chat.LookAlike.ChatClient>()
                .EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
            builder.RegisterType<StrangeGateway>().As<IStrangeGateway>()
                .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
            return builder.Build();
        }

        public sealed record Strange(int Peculiar);

        public sealed class StrangeGateway : IStrangeGateway
        {
            public Task<Strange?> CompleteAsync(string prompt) => Task.FromResult(prompt == "nothing" ? null : new Strange(1));

        }
    }
}
