using System.Globalization;
using Autofac;
using Openlayer.Interception;

// A process that completes traces, to be ended by whoever started it. Arguments: the server's address, the buffer's folder, how many
// traces, milliseconds between them, then any of "write-ahead", "dispose", "stay". Each completed trace is a line: its id and when.
// At its end, where it comes to that, "ended".
var (address, folder, count) = (args[0], args[1], int.Parse(args[2], CultureInfo.InvariantCulture));
var pause = TimeSpan.FromMilliseconds(int.Parse(args[3], CultureInfo.InvariantCulture));
var builder = new ContainerBuilder();
builder.RegisterOpenlayer(options =>
{
    options.BaseUrl = new Uri(address);
    options.ApiKey = "test-key";
    options.InferencePipelineId = "pipe-1";
    options.BatchDelay = TimeSpan.FromMilliseconds(50);
    options.CircuitBreakDuration = TimeSpan.FromSeconds(0.5);
    options.OfflineBuffer.Enabled = true;
    options.OfflineBuffer.Path = folder;
    options.OfflineBuffer.MaxFiles = 100_000;
    options.OfflineBuffer.WriteAhead = args.Contains("write-ahead");
});
var container = builder.Build();
var tracer = container.Resolve<OpenlayerTracer>();
for (var trace = 0; trace < count; trace++)
{
    string id;
    using (var scope = tracer.StartStep("trace"))
    {
        scope.Step.Output = new string('x', 200);
        id = tracer.CurrentTrace!.InferenceId;
    }

    Console.WriteLine($"{id} {DateTimeOffset.UtcNow.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)}");
    if (pause > TimeSpan.Zero)
    {
        await Task.Delay(pause);
    }
}

Console.WriteLine("completed");
if (args.Contains("stay"))
{
    await Task.Delay(Timeout.Infinite);
}

if (args.Contains("dispose"))
{
    await container.DisposeAsync();
}

Console.WriteLine("ended");
