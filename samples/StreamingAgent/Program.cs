using System.ClientModel;
using System.Text;
using Autofac;
using Autofac.Extras.DynamicProxy;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using OpenAI;
using Openlayer.Interception;
using StreamingAgent;

Console.OutputEncoding = Encoding.UTF8;
var wish = args.Length > 0 ? string.Join(' ', args) : "I would like to see Ulm.";

// Without a key, a server in this process answers. The client, HTTP and streaming are real.
var apiKey = Environment.GetEnvironmentVariable("OPENAI_API_KEY");
await using var server = string.IsNullOrEmpty(apiKey) ? await OpenAICompatibleServer.StartAsync() : null;
var openAI = new OpenAIClient(
    new ApiKeyCredential(server is null ? apiKey! : "none"),
    new OpenAIClientOptions { Endpoint = server?.Endpoint ?? new Uri("https://api.openai.com/v1") });

var tree = new StringWriter();
var page = new HtmlTracePublisher("traces.html");
var builder = new ContainerBuilder();
builder.RegisterOpenlayer(options =>
{
    options.Publishers.Add(new ConsoleTracePublisher(tree, colors: !Console.IsOutputRedirected));
    options.Publishers.Add(page);
});
builder.RegisterType<TripService>().As<ITripService>()
    .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
builder.RegisterType<TripAgent>().As<AIAgent>()
    .EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
builder.RegisterType<Tools>().As<ITools>()
    .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
builder.Register(_ => openAI.GetChatClient("gpt-4o-mini").AsIChatClient()).As<IChatClient>()
    .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
await using var container = builder.Build();

await foreach (var piece in container.Resolve<ITripService>().PlanAsync(wish))
{
    Console.Write(piece);
}

// Traces are published in the background. Wait for them.
await container.Resolve<OpenlayerTracer>().FlushAsync();
Console.WriteLine($"\n\n{tree}\nTo look at the trace, open {page.FilePath}.");
