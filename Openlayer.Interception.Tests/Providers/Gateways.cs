using Autofac;
using Autofac.Extras.DynamicProxy;

namespace Openlayer.Interception.Tests.Providers;

/// <summary>Clients of a company's own: one says what it is, one is named by the application.</summary>
public static class Gateways
{
    [ProviderClient("Acme")]
    public interface IDescribedGateway
    {
        Task<string> CompleteAsync(string prompt);
    }

    public interface INamedGateway
    {
        Task<Reply> AskAsync(Question question);

        IAsyncEnumerable<Piece> AskInPiecesAsync(Question question);

        Task<Vectors> EmbedAsync(string[] texts);

        int Version();
    }

    public static int Requests(ModelClients clients) => clients.Get<Gateway>().Requests;

    public static void Name(OpenlayerOptions options) => options.ProviderClients.Add<INamedGateway>("Acme", static methods => methods
        .ChatCompletion(nameof(INamedGateway.AskAsync), static call =>
        {
            call.Prompt = "question.What";
            call.Model = "question.Size";
            call.Content = "Said";
            call.Usage = "Cost";
            call.PromptTokens = "In";
            call.CompletionTokens = "Out";
            call.Metadata["region"] = "Places.0";
        })
        .ChatCompletion(nameof(INamedGateway.AskInPiecesAsync), static call =>
        {
            call.Prompt = "question.What";
            call.Model = "question.Size";
        })
        .Embedding(nameof(INamedGateway.EmbedAsync)));

    public static void Register(ContainerBuilder builder)
    {
        builder.RegisterType<Gateway>().SingleInstance();
        builder.Register(static context => context.Resolve<Gateway>()).As<IDescribedGateway>()
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.Register(static context => context.Resolve<Gateway>()).As<INamedGateway>()
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
    }

    public sealed record Question(string What, string Size);

    public sealed record Reply(string Said, Cost Cost, string[] Places);

    public sealed record Cost(int In, int Out);

    public sealed record Piece(string Text);

    public sealed record Vectors(int Count);

    public sealed class Gateway : IDescribedGateway, INamedGateway
    {
        private int _requests;

        public int Requests => Volatile.Read(ref _requests);

        public async Task<string> CompleteAsync(string prompt)
        {
            Interlocked.Increment(ref _requests);
            await Task.Yield();
            return "Paris";
        }

        public async Task<Reply> AskAsync(Question question)
        {
            Interlocked.Increment(ref _requests);
            await Task.Yield();
            return new("Paris", new(20, 10), ["eu"]);
        }

        public async IAsyncEnumerable<Piece> AskInPiecesAsync(Question question)
        {
            Interlocked.Increment(ref _requests);
            await Task.Yield();
            yield return new("Pa");
            yield return new("ris");
        }

        public Task<Vectors> EmbedAsync(string[] texts)
        {
            Interlocked.Increment(ref _requests);
            return Task.FromResult(new Vectors(texts.Length));
        }

        public int Version() => 1;
    }
}
