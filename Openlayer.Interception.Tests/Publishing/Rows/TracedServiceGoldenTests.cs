using Autofac;
using Autofac.Extras.DynamicProxy;

namespace Openlayer.Interception.Tests.Publishing.Rows;

/// <summary>
/// Requests for calls of services in a container equal those of the Python SDK for the same functions, field by field. The parameters have
/// the names that they have in Python.
/// </summary>
public sealed class TracedServiceGoldenTests
{
    [Fact]
    public Task A_service_that_retrieves_and_answers() =>
        AssertGoldenAsync("nested-sync", static app => Assert.Equal("Paris", app.Resolve<IAnswers>().Main("capital of France?", 3)));

    [Fact]
    public Task A_service_that_awaits_a_tool() =>
        AssertGoldenAsync("async-nested", static app => app.Resolve<ITools>().MainAsync("hi"));

    [Fact]
    public Task A_service_that_streams() => AssertGoldenAsync("async-stream", static async app =>
    {
        await foreach (var _ in app.Resolve<IStreams>().StreamAsync("greet"))
        {
        }
    });

    [Fact]
    public Task A_service_that_throws() =>
        AssertGoldenAsync("exception-root", static app => Assert.Throws<FormatException>(() => app.Resolve<IAnswers>().Boom(1)));

    [Fact]
    public Task A_service_without_inputs_and_output() =>
        AssertGoldenAsync("no-inputs", static app => app.Resolve<IAnswers>().Ping());

    [Fact]
    public Task A_user_a_session_and_promoted_columns() => AssertGoldenAsync("user-session-promote", static app =>
    {
        using var session = app.Tracer.BeginSession("u-42", "s-7");
        app.Resolve<IScores>().Main("hi");
    });

    private static Task AssertGoldenAsync(string name, Action<TracedApplication> run) => AssertGoldenAsync(name, app =>
    {
        run(app);
        return Task.CompletedTask;
    });

    private static async Task AssertGoldenAsync(string name, Func<TracedApplication, Task> run)
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(server: server, register: static builder =>
        {
            builder.RegisterType<Answers>().As<IAnswers>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
            builder.RegisterType<Retriever>().As<IRetriever>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
            builder.RegisterType<Generator>().As<IGenerator>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
            builder.RegisterType<Tools>().As<ITools>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
            builder.RegisterType<Inner>().As<IInner>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
            builder.RegisterType<Streams>().As<IStreams>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
            builder.RegisterType<Scores>().As<IScores>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        });
        await run(app);
        await app.Tracer.FlushAsync(TestContext.Current.CancellationToken);

        new GoldenRequest(name).AssertEqual(await server.NextAsync());
        Assert.Equal(1, server.Count);
        Assert.DoesNotContain(app.Log.Messages, static message => !message.StartsWith("Debug", StringComparison.Ordinal));
    }

    public interface IAnswers
    {
        [Trace(Name = "main")]
        string Main(string user_query, int top_k);

        [Trace(Name = "boom")]
        void Boom(int x);

        [Trace(Name = "ping")]
        void Ping();
    }

    public interface IRetriever
    {
        [Trace(Name = "retrieve_context", StepType = StepType.Retriever)]
        string[] Retrieve(string query, int top_k);
    }

    public interface IGenerator
    {
        [Trace(Name = "generate_answer")]
        string Generate([RagQuestion] string query, [RagContext] string[] context);
    }

    public interface ITools
    {
        [Trace(Name = "main")]
        Task<Answer> MainAsync(string q);
    }

    public interface IInner
    {
        [Trace(Name = "Inner", StepType = StepType.Tool)]
        Task<Answer> InnerAsync(string q);
    }

    public interface IStreams
    {
        [Trace(Name = "stream")]
        IAsyncEnumerable<string> StreamAsync(string q);
    }

    public interface IScores
    {
        [Trace(Name = "main")]
        Scored Main([Promote("query_column")] string q);
    }

    public sealed record Answer(int a, string q);

    public sealed record Scored(string answer, [Promote("score_column")] double score);

    public sealed class Answers(IRetriever retriever, IGenerator generator) : IAnswers
    {
        public string Main(string user_query, int top_k) => generator.Generate(user_query, retriever.Retrieve(user_query, top_k));

        public void Boom(int x) => throw new FormatException("bad input");

        public void Ping()
        {
        }
    }

    public sealed class Retriever(OpenlayerTracer tracer) : IRetriever
    {
        public string[] Retrieve(string query, int top_k)
        {
            tracer.CurrentStep!.Metadata["retrieval_method"] = "vector";
            return ["doc one", "doc two"];
        }
    }

    public sealed class Generator : IGenerator
    {
        public string Generate(string query, string[] context) => "Paris";
    }

    public sealed class Tools(IInner inner) : ITools
    {
        public async Task<Answer> MainAsync(string q)
        {
            await Task.Yield();
            return await inner.InnerAsync(q);
        }
    }

    public sealed class Inner : IInner
    {
        public async Task<Answer> InnerAsync(string q)
        {
            await Task.Yield();
            return new Answer(1, q);
        }
    }

    public sealed class Streams : IStreams
    {
        public async IAsyncEnumerable<string> StreamAsync(string q)
        {
            yield return "Hel";
            yield return "lo ";
            await Task.Yield();
            yield return "wor";
            yield return "ld";
        }
    }

    public sealed class Scores(OpenlayerTracer tracer) : IScores
    {
        public Scored Main(string q)
        {
            var trace = tracer.CurrentTrace!;
            trace.InferenceId = "my-id";
            trace.Metadata["team"] = "x";
            trace.Metadata["model_version"] = "0.1.0";
            return new Scored("A", 0.9);
        }
    }
}
