using System.ClientModel;
using System.Text;
using Autofac;
using Autofac.Extras.DynamicProxy;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using OpenAI;
using Openlayer.Interception;
using QuickStart;

Console.OutputEncoding = Encoding.UTF8;
var question = args.Length > 0 ? string.Join(' ', args) : "What happens to a stream that is left early?";

// Without a key, a server in this process answers. The client, HTTP and streaming are real.
var apiKey = Environment.GetEnvironmentVariable("OPENAI_API_KEY");
var baseUrl = Environment.GetEnvironmentVariable("OPENAI_BASE_URL") ?? "https://api.openai.com/v1";
await using var server = string.IsNullOrEmpty(apiKey) ? await OpenAICompatibleServer.StartAsync() : null;
var openAI = new OpenAIClient(
    new ApiKeyCredential(server is null ? apiKey! : "none"),
    new OpenAIClientOptions { Endpoint = server?.Endpoint ?? new Uri(baseUrl) });

// Each trace is printed as a tree, appended to a web page and to a file of JSON lines, and sent to Openlayer if a key and a pipeline are set.
var tree = new StringWriter();
var page = new HtmlTracePublisher("traces.html");
var json = Path.GetFullPath("traces.jsonl");
var builder = new ContainerBuilder();
builder.RegisterOpenlayer(options =>
{
    options.Publishers.Add(new ConsoleTracePublisher(tree, colors: !Console.IsOutputRedirected));
    options.Publishers.Add(page);
    options.Publishers.Add(new JsonLinesTracePublisher(json));
});
builder.RegisterType<AnswerService>().As<IAnswerService>()
    .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
builder.Register(_ => new MarkdownRetriever(Path.Combine(AppContext.BaseDirectory, "documents"))).As<IRetriever>()
    .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
builder.Register(_ => openAI.GetChatClient("gpt-4o-mini").AsIChatClient()).As<IChatClient>()
    .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
builder.Register(_ => LoggerFactory.Create(logging => logging
        .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
        .SetMinimumLevel(LogLevel.Error)))
    .SingleInstance();
await using var container = builder.Build();

// The first Ctrl+C cancels the answer. The second one ends the program.
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
};

try
{
    await foreach (var piece in container.Resolve<IAnswerService>().AnswerAsync(question, stop.Token))
    {
        Console.Write(piece);
    }
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    // The trace contains the answer so far.
}
catch (Exception exception)
{
    Console.Error.WriteLine($"The question was not answered. {exception.Message}");
    Environment.ExitCode = 1;
}

// Traces are published in the background. Wait for them.
await container.Resolve<OpenlayerTracer>().FlushAsync();
Console.WriteLine($"\n\n{tree}");

var pipeline = Environment.GetEnvironmentVariable("OPENLAYER_INFERENCE_PIPELINE_ID");
var isSent = !string.IsNullOrWhiteSpace(pipeline) && !string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable("OPENLAYER_API_KEY"));
Console.WriteLine($"To look at the trace, open {page.FilePath}. It is also the last line of {json}.");
Console.WriteLine(isSent
    ? $"It was sent to the Openlayer pipeline {pipeline}, unless an error says otherwise."
    : "To send it to Openlayer, set OPENLAYER_API_KEY and OPENLAYER_INFERENCE_PIPELINE_ID.");
