using Microsoft.Extensions.AI;
using Openlayer.Interception;
using Openlayer.Interception.Tests.Service;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

// A service that is traced by this library and by OpenTelemetry. Arguments: its name, the addresses of the receivers of spans and of rows, and
// for the service that answers questions, the address of the one that searches. Prints its own address.
var (name, spans, rows, search) = (args[0], args[1], args[2], args.ElementAtOrDefault(3));
var builder = WebApplication.CreateSlimBuilder();
builder.WebHost.UseUrls("http://127.0.0.1:0");
builder.Logging.ClearProviders();
builder.Services.AddOpenlayer(options =>
{
    (options.BaseUrl, options.ApiKey, options.InferencePipelineId) = (new Uri(rows), "test-key", name);
    options.BatchDelay = TimeSpan.FromMilliseconds(50);
    options.OfflineBuffer.Enabled = false;
    options.SpanContent = true;
}).Intercept<IAnswers>().Intercept<IPassages>();
builder.Services.AddOpenTelemetry()
    .ConfigureResource(resource => resource.AddService(name))
    .WithTracing(tracing => tracing
        .AddSource("Openlayer.Interception")
        .AddAspNetCoreInstrumentation()
        .AddHttpClientInstrumentation()
        .AddOtlpExporter(exporter =>
        {
            exporter.Endpoint = new Uri(new Uri(spans), "v1/traces");
            exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
            exporter.BatchExportProcessorOptions.ScheduledDelayMilliseconds = 100;
        }));
builder.Services.AddChatClient(new CannedChatClient()).Use((client, services) => services.GetRequiredService<OpenlayerTracer>().Intercept(client));
builder.Services.AddSingleton<IAnswers, Answers>().AddSingleton<IPassages, Passages>();
builder.Services.AddSingleton(new HttpClient { BaseAddress = search is null ? null : new Uri(search) });

await using var application = builder.Build();
application.MapGet("/answers", (string question, IAnswers answers) => answers.AnswerAsync(question));
application.MapGet("/passages", (string query, IPassages passages) => passages.FindAsync(query));
await application.StartAsync();
Console.WriteLine($"Listening on {application.Urls.Single()}");
await application.WaitForShutdownAsync();
