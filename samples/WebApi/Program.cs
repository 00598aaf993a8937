using System.ClientModel;
using Autofac;
using Autofac.Extensions.DependencyInjection;
using Autofac.Extras.DynamicProxy;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.AI;
using OpenAI;
using Openlayer.Interception;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using QuickStart;
using WebApi;

var builder = WebApplication.CreateBuilder(args);

// Options come from the section Openlayer of appsettings.json. Traces are also appended to a web page, and to a file of JSON lines. The root
// of a trace is the request; its output is the answer.
var traces = Path.GetFullPath("traces.jsonl");
var page = new HtmlTracePublisher("traces.html");
builder.Services
    .AddOpenlayer(options =>
    {
        options.Publishers.Add(new JsonLinesTracePublisher(traces));
        options.Publishers.Add(page);
    })
    .Enrich((trace, _) => trace.Root.Output ??= trace.Root.Steps is [.., var answer] ? answer.Output : null);
builder.Services.AddHealthChecks().AddOpenlayer();

// Steps are spans too, for a receiver such as the dashboard of Aspire: OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317.
if (!string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
{
    builder.Services.AddOpenTelemetry()
        .ConfigureResource(resource => resource.AddService("WebApi"))
        .WithTracing(tracing => tracing.AddSource("Openlayer.Interception").AddAspNetCoreInstrumentation().AddHttpClientInstrumentation())
        .WithMetrics(metrics => metrics.AddMeter("Openlayer.Interception"))
        .UseOtlpExporter();
}

// The same services in one container or the other: --container builtin or --container autofac.
var container = builder.Configuration["container"] ?? "builtin";
if (container == "autofac")
{
    builder.Host.UseServiceProviderFactory(new AutofacServiceProviderFactory());
    builder.Host.ConfigureContainer<ContainerBuilder>(services =>
    {
        services.RegisterType<AnswerService>().As<IAnswerService>().InstancePerLifetimeScope()
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        services.RegisterType<Documents>().As<IDocuments>().InstancePerLifetimeScope()
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        services.Register(_ => OpenRetriever()).As<IRetriever>().SingleInstance()
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
    });
}
else
{
    builder.Services.AddScoped<IAnswerService, AnswerService>();
    builder.Services.AddScoped<IDocuments, Documents>();
    builder.Services.AddSingleton(_ => OpenRetriever());
    builder.Services.AddOpenlayer().Intercept<IAnswerService>().Intercept<IDocuments>().Intercept<IRetriever>();
}

// Each request to the model is a step, and each call of a tool. Without a key, a server in this process answers.
var key = builder.Configuration["OPENAI_API_KEY"];
await using var server = string.IsNullOrEmpty(key) ? await OpenAICompatibleServer.StartAsync() : null;
var openAI = server is null
    ? new OpenAIClient(key)
    : new OpenAIClient(new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = server.Endpoint });
builder.Services.AddChatClient(openAI.GetChatClient("gpt-4o-mini").AsIChatClient())
    .UseFunctionInvocation()
    .Use((client, services) => services.GetRequiredService<OpenlayerTracer>().Intercept(client));
builder.Services.AddSingleton(new FeedbackFile("feedback.jsonl"));

var app = builder.Build();
app.UseMiddleware<UserSession>();
app.UseWhen(context => context.Request.Path.StartsWithSegments("/answers"), answers => answers.UseMiddleware<AnswerTrace>());

app.MapGet("/answers", (string question, IAnswerService answers, CancellationToken cancellationToken) =>
    TypedResults.ServerSentEvents(answers.AnswerAsync(question, cancellationToken)));

// Feedback is added to the row of the answer. Without a key for Openlayer it is kept in a file, under the id of the row.
app.MapPost("/feedback/{inferenceId}", async Task<IResult> (
    string inferenceId, Feedback feedback, FeedbackFile file, OpenlayerTracer tracer, CancellationToken cancellationToken) =>
{
    try
    {
        var outcome = await tracer.SendFeedbackAsync(
            inferenceId,
            new RowFeedback
            {
                HumanFeedback = feedback.Rating,
                Columns = { ["comment"] = feedback.Comment, ["rated_by"] = tracer.CurrentUserId },
            },
            cancellationToken);
        if (outcome == FeedbackOutcome.NotSent)
        {
            await file.AppendAsync(inferenceId, tracer.CurrentUserId, feedback);
        }

        return TypedResults.NoContent();
    }
    catch (FeedbackException exception)
    {
        return TypedResults.Problem(exception.Message, statusCode: StatusCodes.Status502BadGateway);
    }
});

// The page shows what users ask, so only developers see it. New traces appear in it as they complete.
if (app.Environment.IsDevelopment())
{
    app.MapGet("/openlayer", async (HttpContext context) =>
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, app.Lifetime.ApplicationStopping);
        context.Response.ContentType = "text/html";
        await page.FollowAsync(context.Response.Body, end.Token);
    });
}

app.MapHealthChecks("/health", new HealthCheckOptions
{
    ResponseWriter = (context, report) => context.Response.WriteAsJsonAsync(
        report.Entries.ToDictionary(check => check.Key, check => new { Status = $"{check.Value.Status}", check.Value.Description, check.Value.Data })),
});

app.Lifetime.ApplicationStarted.Register(() =>
{
    var address = app.Urls.First();
    Console.WriteLine(
        $$"""
        Listening on {{address}}, with the {{container}} container.

        Ask, and read how the answer streams:
        curl -iN '{{address}}/answers?question=What+happens+to+a+stream+that+is+left+early%3F' -H 'X-User-Id: ada' -H 'X-Session-Id: tuesday'

        Rate the answer, with its X-Inference-Id in place of ID:
        curl -i '{{address}}/feedback/ID' -H 'X-User-Id: ada' -H 'Content-Type: application/json' -d '{"rating": 5, "comment": "Clear."}'

        Traces: {{traces}}
        To look at them: {{(app.Environment.IsDevelopment() ? $"{address}/openlayer or " : "")}}{{page.FilePath}}
        """);
});
await app.RunAsync();

static IRetriever OpenRetriever() => new MarkdownRetriever(Path.Combine(AppContext.BaseDirectory, "documents"));
