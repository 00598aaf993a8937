using System.Globalization;
using System.Runtime.InteropServices;
using Autofac;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Openlayer.Interception;
using Openlayer.Interception.Tests.Host;

// A process that completes traces, then ends as its modes say or is ended by its parent. Arguments: the address of the server, the folder of
// the buffer, the number of traces, the milliseconds between them, and modes. Prints the id and completion time of each trace, "completed"
// after the last, then how the process ends. The modes "traceparent=..." and "baggage=..." are the headers of the caller that it continues from.
var (address, folder, count) = (args[0], args[1], int.Parse(args[2], CultureInfo.InvariantCulture));
var pause = TimeSpan.FromMilliseconds(int.Parse(args[3], CultureInfo.InvariantCulture));
var modes = args[4..].ToHashSet();

// Registered before the library's handlers, so it is called after them.
using var older = modes.Contains("cancel-older")
    ? PosixSignalRegistration.Create(PosixSignal.SIGTERM, static context =>
    {
        Console.WriteLine("older handler");
        context.Cancel = true;
    })
    : null;
if (modes.Contains("worker"))
{
    await RunWorkerAsync();
    Console.WriteLine("ended");
    return;
}

var builder = new ContainerBuilder();
if (modes.Contains("collection"))
{
    // The container of a program without a host. Nothing disposes it.
    var provider = new ServiceCollection().AddOpenlayer(Configure).Services.BuildServiceProvider();
    builder.Register(_ => provider.GetRequiredService<OpenlayerTracer>()).SingleInstance().ExternallyOwned();
}
else
{
    builder.RegisterOpenlayer(Configure);
}

var container = builder.Build();
if (modes.Contains("host"))
{
    await RunHostAsync();
    Console.WriteLine("ended");
    return;
}

if (modes.Contains("calls"))
{
    // A function that is called once for each line, and may be frozen after each answer.
    var tracer = container.Resolve<OpenlayerTracer>();
    while (Console.ReadLine() is not null)
    {
        Complete(tracer);
        await tracer.FlushAsync();
        Console.WriteLine("answered");
    }
}

if (modes.Contains("late-exit-handler"))
{
    var resolved = container.Resolve<OpenlayerTracer>();
    AppDomain.CurrentDomain.ProcessExit += (_, _) => Complete(resolved);
}

using var newer = modes.Contains("cancel-newer")
    ? PosixSignalRegistration.Create(PosixSignal.SIGTERM, static context =>
    {
        Console.WriteLine("newer handler");
        context.Cancel = true;
    })
    : null;
if (modes.Contains("open"))
{
    // Nothing ends this step.
    await StartOpen(container.Resolve<OpenlayerTracer>());
}

await CompleteAllAsync(container.Resolve<OpenlayerTracer>());
if (modes.Contains("assemblies"))
{
    using (var scope = container.Resolve<OpenlayerTracer>().StartStep("object"))
    {
        scope.Step.Output = new { Names = new[] { "a", "b" }, At = DateTime.UnixEpoch, Address = new Uri("https://localhost"), Error = new InvalidOperationException() };
    }

    await container.Resolve<OpenlayerTracer>().FlushAsync();
    Console.WriteLine($"loaded {string.Join(' ', AppDomain.CurrentDomain.GetAssemblies().Select(static assembly => assembly.GetName().Name))}");
}

if (modes.Contains("stay"))
{
    await Task.Delay(modes.Contains("cancel-newer") || modes.Contains("cancel-older") ? TimeSpan.FromSeconds(2) : Timeout.InfiniteTimeSpan);
}

if (modes.Contains("throw"))
{
    throw new InvalidOperationException("The end of the process.");
}

if (modes.Contains("throw-on-thread"))
{
    var thread = new Thread(static () => throw new InvalidOperationException("The end of the process."));
    thread.Start();
    thread.Join();
}

if (modes.Contains("exit"))
{
    Environment.Exit(3);
}

if (modes.Contains("fail-fast"))
{
    Environment.FailFast("The end of the process.");
}

if (modes.Contains("dispose"))
{
    await container.DisposeAsync();
}

Console.WriteLine("ended");

void Configure(OpenlayerOptions options)
{
    options.BaseUrl = new Uri(address);
    options.ApiKey = "test-key";
    options.InferencePipelineId = "pipe-1";
    options.BatchDelay = TimeSpan.FromMilliseconds(50);
    options.CircuitBreakDuration = TimeSpan.FromSeconds(0.5);
    options.OfflineBuffer.Enabled = !modes.Contains("no-buffer");
    options.OfflineBuffer.Path = folder;
    options.OfflineBuffer.MaxFiles = 100_000;
    options.OfflineBuffer.WriteAhead = modes.Contains("write-ahead");
    options.ShutdownTimeout = modes.Contains("short-shutdown") ? TimeSpan.FromSeconds(1) : options.ShutdownTimeout;
    options.RequestTimeout = modes.Contains("short-request-timeout") ? TimeSpan.FromSeconds(2) : options.RequestTimeout;
    options.OnFlushFailure = static failure => Console.WriteLine($"failed {failure.Exception.GetType().Name}");
    options.LoggerFactory = new LineLog();
    if (modes.Contains("lines"))
    {
        options.Publishers.Add(new JsonLinesTracePublisher(Path.Combine(folder, "lines.jsonl")));
    }

    if (modes.Contains("console"))
    {
        options.Publishers.Add(new ConsoleTracePublisher());
    }
}

async Task RunWorkerAsync()
{
    var application = Host.CreateApplicationBuilder();
    application.Logging.ClearProviders();
    application.Services.AddOpenlayer(Configure);
    application.Services.AddHostedService(services => new Worker(services.GetRequiredService<OpenlayerTracer>(), CompleteAllAsync, Complete));
    using var host = application.Build();
    host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(static () => Console.WriteLine("stopping"));
    await host.RunAsync();
}

async Task RunHostAsync()
{
    var application = Host.CreateApplicationBuilder();
    application.Logging.ClearProviders();
    application.Services.AddSingleton(_ => container.Resolve<OpenlayerTracer>());
    using var host = application.Build();
    var lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
    lifetime.ApplicationStopping.Register(static () => Console.WriteLine("stopping"));
    await host.StartAsync();
    await CompleteAllAsync(container.Resolve<OpenlayerTracer>());
    await host.WaitForShutdownAsync();

    // The host does not own what the other container made.
    await container.DisposeAsync();
}

async Task CompleteAllAsync(OpenlayerTracer tracer)
{
    TraceContext.TryParse(Header("traceparent="), Header("baggage="), out var caller);
    using var continued = tracer.ContinueFrom(caller);
    for (var trace = 0; trace < count; trace++)
    {
        Complete(tracer);
        if (pause > TimeSpan.Zero)
        {
            await Task.Delay(pause);
        }
    }

    Console.WriteLine("completed");
}

string? Header(string prefix) => modes.FirstOrDefault(mode => mode.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..];

static void Complete(OpenlayerTracer tracer)
{
    string id;
    using (var scope = tracer.StartStep("trace"))
    {
        scope.Step.Output = new string('x', 200);
        id = tracer.CurrentTrace!.InferenceId;
    }

    Console.WriteLine($"{id} {DateTimeOffset.UtcNow.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)}");
}

static Task StartOpen(OpenlayerTracer tracer) => Task.Run(() =>
{
    tracer.StartStep("open");
    Console.WriteLine($"open {tracer.CurrentTrace!.InferenceId}");
});
