using System.Diagnostics;

namespace Openlayer.Interception.Tests.Faults;

/// <summary>
/// Each fault, against a real server and a real disk, ends with a count: what was completed is acknowledged, buffered, reported or dropped.
/// Waits are short here; FaultSoakTests has the long ones.
/// </summary>
[Collection(typeof(RealClock))]
public sealed class FaultTests(ITestOutputHelper output)
{
    // The runs wait most of the time. They do so in parallel.
    private const int AtOnce = 8;

    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task Every_trace_is_accounted_for_under_each_fault_of_the_server_or_the_disk()
    {
        Func<Task<Ledger>>[] runs =
        [
            .. Servers(hasBuffer: true),
            .. Servers(hasBuffer: false),
            OneBadRowAsync,
            () => FolderAsync("buffer on a path that is a file", static folder => File.WriteAllText(Made(folder), "")),
            () => FolderAsync("buffer larger than its quota", static _ => { }, static options => options.OfflineBuffer.MaxBytes = 5_000),
            () => FolderAsync("buffer missing, spaces and non-ASCII letters", static _ => { }),
            DeletedFolderAsync,
        ];
        var ledgers = new Ledger[runs.Length];
        await Parallel.ForAsync(0, runs.Length, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (index, _) => ledgers[index] = await runs[index]());

        output.WriteLine(Ledger.Header);
        foreach (var ledger in ledgers)
        {
            output.WriteLine(ledger.ToString());
        }

        Assert.All(ledgers, static ledger => ledger.AssertBalanced());
    }

    [Fact]
    public async Task A_buffer_that_may_not_be_written_to_costs_a_report_and_nothing_else()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs a folder that not even root may write to.");
        var ledger = await FolderAsync("buffer read-only", static _ => { }, static options => options.OfflineBuffer.Path = "/proc/openlayer/buffer");
        output.WriteLine(ledger.ToString());
        ledger.AssertBalanced();
        Assert.Equal(ledger.Completed, ledger.Reported);
    }

    [Fact]
    public async Task After_an_outage_everything_buffered_arrives_once()
    {
        await using var run = new FaultRun(hasBuffer: true);
        run.Complete(250);
        await run.FlushAsync();
        Assert.Equal(250, Directory.GetFiles(run.Folder, "trace_*.json").Length);

        await run.Server.StartAsync();
        await run.UntilAsync(() => run.Server.Acknowledged.Count == 250);
        var ledger = await run.EndAsync("down, then up, nothing new");

        ledger.AssertBalanced();
        Assert.Equal(0, ledger.Buffered);
    }

    [Fact]
    public async Task Disposing_ends_within_its_time_and_what_is_left_is_in_the_buffer()
    {
        await using var run = new FaultRun(hasBuffer: true, static options => options.ShutdownTimeout = TimeSpan.FromSeconds(1));
        run.Server.Fault = static async (context, _) =>
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
            return false;
        };
        await run.Server.StartAsync();
        run.Complete(1_000);

        var took = Stopwatch.StartNew();
        var ledger = await run.EndAsync("disposed while nothing is answered");

        // And what a busy machine takes for a thousand files.
        Assert.InRange(took.Elapsed, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(6));
        Assert.Equal(1_000, ledger.Buffered);
        ledger.AssertBalanced();
    }

    private static IEnumerable<Func<Task<Ledger>>> Servers(bool hasBuffer) =>
    [
        () => DownThenUpAsync(hasBuffer),
        () => UpDownUpAsync(hasBuffer),
        () => FaultAsync("answers after 300 ms", hasBuffer, static async (context, _) =>
        {
            await Task.Delay(Slow, context.RequestAborted);
            return true;
        }),
        () => FaultAsync(
            "accepts and never answers",
            hasBuffer,
            static async (context, _) =>
            {
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
                return false;
            },
            configure: static options => options.RequestTimeout = TimeSpan.FromSeconds(1)),
        () => FaultAsync("resets mid-body, then does not", hasBuffer, static async (context, number) =>
        {
            if (number > 2)
            {
                return true;
            }

            await context.Request.Body.ReadAtLeastAsync(new byte[10], 10);
            context.Abort();
            return false;
        }),
        () => BrokenAnswerAsync(hasBuffer),
        () => FaultAsync("500 to 3 requests, then not", hasBuffer, static (context, number) =>
            number > 3 ? Task.FromResult(true) : FaultServer.AnswerAsync(context, 500)),
        () => FaultAsync("500 to all", hasBuffer, static (context, _) => FaultServer.AnswerAsync(context, 500)),
        () => FaultAsync("429 with Retry-After, then not", hasBuffer, static (context, number) =>
        {
            context.Response.Headers.RetryAfter = "1";
            return number > 1 ? Task.FromResult(true) : FaultServer.AnswerAsync(context, 429);
        }),
        () => FaultAsync("413 over 2,000 bytes", hasBuffer, static (context, _) =>
            context.Request.ContentLength <= 2_000 ? Task.FromResult(true) : FaultServer.AnswerAsync(context, 413)),
        () => FaultAsync("401", hasBuffer, static (context, _) => FaultServer.AnswerAsync(context, 401)),
        () => FaultAsync(
            "401, then a good key",
            hasBuffer,
            static (context, number) => number > 1 ? Task.FromResult(true) : FaultServer.AnswerAsync(context, 401),
            isFlushed: false),
        () => FaultAsync("HTML with status 200", hasBuffer, static async (context, _) =>
        {
            await Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, "<!doctype html><title>Log in</title>");
            return false;
        }),
        () => FaultAsync("a certificate that does not verify", hasBuffer, isSecure: true),
        () => UnverifiedAsync(hasBuffer),
        () => FaultAsync("a name that does not resolve", hasBuffer, configure: static options => options.BaseUrl = new Uri("http://openlayer.invalid")),
    ];

    private static string Made(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    private static string Name(string fault, bool hasBuffer) => $"{fault}, buffer {(hasBuffer ? "on" : "off")}";

    private static async Task<Ledger> FaultAsync(
        string fault,
        bool hasBuffer,
        Func<Microsoft.AspNetCore.Http.HttpContext, int, Task<bool>>? behaviour = null,
        bool isFlushed = true,
        bool isSecure = false,
        Action<OpenlayerOptions>? configure = null)
    {
        await using var run = new FaultRun(hasBuffer, configure, isSecure);
        run.Server.Fault = behaviour ?? run.Server.Fault;
        await run.Server.StartAsync();
        run.Complete(150);
        if (isFlushed)
        {
            await run.FlushAsync();
        }
        else
        {
            await run.UntilAsync(() => run.Meter.Sent.Count == 150);
        }

        return await run.EndAsync(Name(fault, hasBuffer));
    }

    /// <summary>The headers of a success acknowledge the rows, even if its body breaks off.</summary>
    private static async Task<Ledger> BrokenAnswerAsync(bool hasBuffer)
    {
        await using var run = new FaultRun(hasBuffer);
        run.Server.Acknowledgement = async context =>
        {
            context.Response.ContentLength = 1_000;
            await context.Response.Body.WriteAsync("{\"succ"u8.ToArray());
            await context.Response.Body.FlushAsync();
            var acknowledged = run.Server.Acknowledged.Count;
            await run.UntilAsync(() => run.Meter.Sent.Count == acknowledged);
            context.Abort();
        };
        await run.Server.StartAsync();
        run.Complete(150);
        await run.FlushAsync();
        return await run.EndAsync(Name("resets in mid-answer", hasBuffer));
    }

    private static async Task<Ledger> UnverifiedAsync(bool hasBuffer)
    {
        var ledger = await FaultAsync(
            "a certificate that does not verify, VerifySsl off",
            hasBuffer,
            isSecure: true,
            configure: static options => options.VerifySsl = false);
        Assert.Equal(150, ledger.Acknowledged);
        return ledger;
    }

    private static async Task<Ledger> DownThenUpAsync(bool hasBuffer)
    {
        await using var run = new FaultRun(hasBuffer);
        run.Complete(100);
        await run.UntilAsync(() => run.Log.Messages.Count > 0 || run.Meter.Failed.Count + run.Meter.Buffered.Count > 0);
        await run.Server.StartAsync();
        run.Complete(100);
        await run.UntilAsync(() => run.Meter.Sent.Count + run.Meter.Failed.Count == 200);
        return await run.EndAsync(Name("down at start, up later", hasBuffer));
    }

    private static async Task<Ledger> UpDownUpAsync(bool hasBuffer)
    {
        await using var run = new FaultRun(hasBuffer);
        await run.Server.StartAsync();
        run.Complete(100);
        await run.FlushAsync();
        await run.Server.StopAsync();
        run.Complete(100);
        await run.FlushAsync();
        await run.Server.StartAsync();
        run.Complete(100);
        await run.UntilAsync(() => run.Meter.Sent.Count + run.Meter.Failed.Count == 300);
        return await run.EndAsync(Name("up, down, up", hasBuffer));
    }

    private static async Task<Ledger> OneBadRowAsync()
    {
        await using var run = new FaultRun(hasBuffer: true);
        run.Server.Fault = static async (context, _) =>
        {
            Microsoft.AspNetCore.Http.HttpRequestRewindExtensions.EnableBuffering(context.Request);
            using var reader = new StreamReader(context.Request.Body, leaveOpen: true);
            var isBad = (await reader.ReadToEndAsync()).Contains("\"bad\"", StringComparison.Ordinal);
            context.Request.Body.Position = 0;
            return !isBad || await FaultServer.AnswerAsync(context, 422);
        };
        await run.Server.StartAsync();
        run.Complete(250);
        run.Complete(1, "bad");
        run.Complete(249);
        await run.FlushAsync();
        var ledger = await run.EndAsync("one bad row among 500");
        Assert.Equal((499, 1), (ledger.Acknowledged, ledger.Reported));
        return ledger;
    }

    private static async Task<Ledger> FolderAsync(string fault, Action<string> prepare, Action<OpenlayerOptions>? configure = null)
    {
        await using var run = new FaultRun(hasBuffer: true, configure);
        prepare(run.Folder);
        run.Complete(150);
        await run.FlushAsync();
        return await run.EndAsync($"server down, {fault}");
    }

    private static async Task<Ledger> DeletedFolderAsync()
    {
        await using var run = new FaultRun(hasBuffer: true, static options => options.OfflineBuffer.WriteAhead = true);
        run.Complete(50);
        await run.UntilAsync(() => Directory.Exists(run.Folder));
        await run.UntilAsync(() => TryDelete(run.Folder));
        run.Complete(100);
        await run.FlushAsync();
        return await run.EndAsync("server down, buffer deleted while running, write-ahead");
    }

    /// <summary>False where something was written to it in the meantime.</summary>
    private static bool TryDelete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
