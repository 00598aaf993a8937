using System.ClientModel;
using System.Text.Encodings.Web;
using System.Text.Json;
using Autofac;
using Autofac.Extras.DynamicProxy;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Audio;
using OpenAI.Images;
using OpenAI.Moderations;
using OpenAI.Realtime;
using Openlayer.Interception.Tests.Servers;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>The clients for images, audio, moderations and realtime sessions, registered as docs/model-clients.md says, and a server for them.</summary>
public sealed class MediaClients : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly IContainer _container;

    private MediaClients(OpenAIMediaServer server)
    {
        Server = server;
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options =>
        {
            options.SendToOpenlayer = false;
            options.Publishers.Add(Published);
        });
        var options = new OpenAIClientOptions { Endpoint = server.Endpoint, RetryPolicy = new ShortRetryPolicy(0) };
        var realtimeOptions = new RealtimeClientOptions { Endpoint = server.Endpoint };
        var credential = new ApiKeyCredential("key");
        builder.RegisterType<ImageClient>().WithParameter("model", "gpt-image-1").WithParameter("credential", credential).WithParameter("options", options)
            .EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.RegisterType<AudioClient>().WithParameter("model", "gpt-4o-transcribe").WithParameter("credential", credential).WithParameter("options", options)
            .EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.RegisterType<ModerationClient>().WithParameter("model", "omni-moderation-latest").WithParameter("credential", credential).WithParameter("options", options)
            .EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.RegisterType<RealtimeClient>().WithParameter("credential", credential).WithParameter("options", realtimeOptions)
            .EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.RegisterType<OpenAIClient>().WithParameter("credential", credential).WithParameter("options", options)
            .EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        var openAI = new OpenAIClient(credential, options);
        builder.Register(_ => openAI.GetAudioClient("gpt-4o-transcribe").AsISpeechToTextClient()).As<ISpeechToTextClient>()
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.Register(_ => openAI.GetAudioClient("gpt-4o-mini-tts").AsITextToSpeechClient()).As<ITextToSpeechClient>()
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.Register(_ => openAI.GetImageClient("gpt-image-1").AsIImageGenerator()).As<IImageGenerator>()
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.Register(_ => new OpenAIRealtimeClient(new RealtimeClient(credential, realtimeOptions), "gpt-realtime")).As<IRealtimeClient>()
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        _container = builder.Build();
    }

    public InMemoryTracePublisher Published { get; } = new();

    public OpenAIMediaServer Server { get; }

    public OpenlayerTracer Tracer => Get<OpenlayerTracer>();

    public static async Task<MediaClients> StartAsync() => new(await OpenAIMediaServer.StartAsync());

    public T Get<T>()
        where T : class => _container.Resolve<T>();

    /// <summary>The root of the only trace, which has no bytes of media.</summary>
    public async Task<Step> RootAsync()
    {
        await Tracer.FlushAsync(TestContext.Current.CancellationToken);
        var root = Assert.Single(Published.Traces).Root;
        AssertNoBytes(root);
        return root;
    }

    /// <summary>The only step of the only trace, which has no bytes of media.</summary>
    public async Task<ChatCompletionStep> StepAsync()
    {
        var step = Assert.IsType<ChatCompletionStep>(await RootAsync());
        Assert.Empty(step.Steps);
        return step;
    }

    public async ValueTask DisposeAsync()
    {
        await _container.DisposeAsync();
        await Server.DisposeAsync();
    }

    private static void AssertNoBytes(Step step)
    {
        var model = step as ModelStep;
        var row = JsonSerializer.Serialize(new { step.Inputs, step.Output, step.Metadata, model?.RawOutput, model?.ModelParameters }, Relaxed);
        Assert.All(
            new[] { OpenAIMediaServer.Image, OpenAIMediaServer.Speech },
            bytes =>
            {
                Assert.DoesNotContain(Convert.ToBase64String(bytes)[..12], row, StringComparison.Ordinal);
                Assert.DoesNotContain(string.Join(',', bytes.Take(3)), row, StringComparison.Ordinal);
            });
        Assert.All(step.Steps, AssertNoBytes);
    }
}
