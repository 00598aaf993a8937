using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Openlayer.Interception.Publishing.Buffer;

namespace Openlayer.Interception.Tests.Faults;

/// <summary>Faults that take minutes. Not run by default: <c>-explicit only -trait Category=Soak</c>.</summary>
[Trait("Category", "Soak")]
[Collection(typeof(RealClock))]
public sealed class FaultSoakTests(ITestOutputHelper output)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task A_server_that_answers_after_30_seconds_gets_every_trace()
    {
        await using var run = new FaultRun(hasBuffer: true, static options => options.RequestTimeout = TimeSpan.FromSeconds(60));
        run.Server.Fault = static async (context, _) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(30), context.RequestAborted);
            return true;
        };
        await run.Server.StartAsync();
        run.Complete(300);
        await run.FlushAsync();
        await EndAsync(run, "each answer after 30 s", static ledger => ledger.Acknowledged == 300);
    }

    [Theory(Explicit = true)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_that_answers_500_for_a_minute_gets_every_trace(bool hasBuffer)
    {
        var started = Stopwatch.StartNew();
        await using var run = new FaultRun(hasBuffer, static options =>
        {
            options.MaxTries = 6;
            options.CircuitBreakDuration = TimeSpan.FromSeconds(30);
        });
        run.Server.Fault = (context, _) => started.Elapsed > TimeSpan.FromMinutes(1) ? Task.FromResult(true) : FaultServer.AnswerAsync(context, 500);
        await run.Server.StartAsync();
        for (var second = 0; second < 70; second++)
        {
            run.Complete(10);
            await Task.Delay(TimeSpan.FromSeconds(1), Token);
        }

        await run.UntilAsync(() => run.Meter.Sent.Count + run.Meter.Failed.Count == 700);
        await EndAsync(run, $"500 for a minute, buffer {(hasBuffer ? "on" : "off")}, {run.Server.Requests} requests", ledger => ledger.Acknowledged == 700);
    }

    [Fact(Explicit = true)]
    public async Task A_disk_that_is_full_costs_what_it_has_no_room_for()
    {
        var disk = Directory.CreateTempSubdirectory("openlayer-disk-").FullName;
        using var mount = Process.Start("mount", ["-t", "tmpfs", "-o", "size=128k", "tmpfs", disk]);
        await mount.WaitForExitAsync(Token);
        Assert.SkipUnless(mount.ExitCode == 0, "A tmpfs cannot be mounted here.");
        try
        {
            await using var run = new FaultRun(hasBuffer: true, options => options.OfflineBuffer.Path = Path.Combine(disk, "buffer"));
            run.Complete(300);
            await run.FlushAsync();
            var ledger = (await run.EndAsync("disk full")) with { Buffered = Directory.GetFiles(Path.Combine(disk, "buffer"), "trace_*.json").Length };
            output.WriteLine(ledger.ToString());
            ledger.AssertBalanced();
            Assert.True(ledger is { Buffered: > 0, Reported: > 0 });
        }
        finally
        {
            using var unmount = Process.Start("umount", [disk]);
            await unmount.WaitForExitAsync(CancellationToken.None);
            Directory.Delete(disk);
        }
    }

    [Fact(Explicit = true)]
    public async Task A_million_traces_for_a_dead_server_stay_within_the_bound_and_cost_their_callers_nothing()
    {
        const int Traces = 1_000_000;
        await using var up = new FaultRun(hasBuffer: false);
        await up.Server.StartAsync();
        await using var run = new FaultRun(hasBuffer: false, static options => options.CircuitBreakDuration = TimeSpan.FromSeconds(30));
        up.Complete(20_000);
        run.Complete(20_000);
        await up.FlushAsync();

        // The same number at the same pace, so that the loops behind have the same time.
        var alive = Latencies(up, 100_000);
        await up.FlushAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        long peak = 0;
        var dead = new List<double>();
        for (var part = 0; part < Traces / 100_000; part++)
        {
            dead.AddRange(Latencies(run, 100_000));
            peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: true) - before);
        }

        dead.Sort();
        Array.Sort(alive);
        output.WriteLine(
            $"a million traces, dead server: {peak / 1024.0:N0} KiB above the start at most; median {alive[alive.Length / 2]:F2} us alive, {dead[dead.Count / 2]:F2} us dead; "
            + $"99 % {alive[alive.Length * 99 / 100]:F2} us alive, {dead[dead.Count * 99 / 100]:F2} us dead; 99.9 % {alive[alive.Length * 999 / 1000]:F1} us alive, {dead[dead.Count * 999 / 1000]:F1} us dead");
        await EndAsync(run, "a million traces, dead server, buffer off", static ledger => ledger.Completed == Traces + 20_000);
        Assert.InRange(peak, 0, 64 * 1024 * 1024);
        Assert.True(dead[dead.Count / 2] < (alive[alive.Length / 2] * 2) + 1);
    }

    [Fact(Explicit = true)]
    public async Task Of_100000_generated_buffer_files_the_rows_arrive_and_the_rest_is_set_aside()
    {
        const int Files = 100_000;
        var random = new Random(4711);
        await using var run = new FaultRun(hasBuffer: false);
        await run.Server.StartAsync();
        Directory.CreateDirectory(run.Folder);
        int readable = 0, foreign = 0;
        for (var file = 0; file < Files; file++)
        {
            var content = Mutated(random, file);
            var read = BufferFile.Read(content);
            readable += read is { Row.Target.PipelineId: "pipe-1" } ? 1 : 0;
            foreign += read is { PipelineId: not (null or "pipe-1") } ? 1 : 0;
            var path = Path.Combine(run.Folder, $"trace_17{file:D11}_1_{file:x8}.json");
            await File.WriteAllBytesAsync(path, content, Token);

            // Old enough that no process is still writing it.
            File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);
        }

        var took = Stopwatch.StartNew();
        var replay = await run.Tracer.Buffer.ReplayAsync(cancellationToken: Token);

        output.WriteLine($"fuzz of {Files} buffer files: {readable} readable, {foreign} of other pipelines, {replay}, {took.Elapsed.TotalSeconds:F0} s, {(await run.Tracer.Buffer.GetStatusAsync(Token))}");
        Assert.Equal(Files - foreign, replay.Sent + replay.Failed + replay.Unreadable + replay.Kept);
        Assert.Equal(Files - foreign - readable, replay.Unreadable);
        Assert.Equal(0, replay.Kept);
    }

    [Fact(Explicit = true)]
    public async Task Of_10000_generated_answers_none_makes_it_throw_or_hang()
    {
        const int Answers = 10_000;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answered = 0;
        using var ended = new CancellationTokenSource();
        var serving = ServeAsync(listener, new Random(815), () => Interlocked.Increment(ref answered), ended.Token);
        await using var run = new FaultRun(hasBuffer: false, options =>
        {
            options.BaseUrl = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
            options.MaxTries = 1;
            options.BatchDelay = TimeSpan.Zero;
            options.MaxBatchLength = 1;
            options.RequestTimeout = TimeSpan.FromMilliseconds(200);
            options.CircuitBreakDuration = TimeSpan.FromSeconds(0.5);
        });
        var delivery = run.Meter;
        while (Volatile.Read(ref answered) < Answers)
        {
            // A flush is not held back by a pause: each answer is seen.
            run.Complete(1);
            await run.FlushAsync();
        }

        var ledger = await run.EndAsync($"{answered} generated answers");
        await ended.CancelAsync();
        await serving;
        output.WriteLine($"{ledger with { Received = 0 }}, faults: {string.Join("; ", run.Log.Messages.Select(static message => message.Split('.')[0]).Distinct().Take(20))}");
        Assert.Equal(ledger.Completed, ledger.Acknowledged + ledger.Reported + ledger.Dropped);
        Assert.DoesNotContain(run.Log.Messages, static message => message.Contains("failed unexpectedly", StringComparison.Ordinal));
        Assert.Equal(delivery.Completed.Count, ledger.Completed);
    }

    private static double[] Latencies(FaultRun run, int count)
    {
        var tracer = run.Tracer;
        var latencies = new double[count];
        for (var trace = 0; trace < count; trace++)
        {
            var scope = tracer.StartStep("trace");
            scope.Step.Output = "an answer";
            var started = Stopwatch.GetTimestamp();
            scope.Dispose();
            latencies[trace] = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
        }

        return latencies;
    }

    private static byte[] Mutated(Random random, int number)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(new
        {
            trace_data = new { inferenceId = $"id-{number}", output = new string('ü', random.Next(20)), steps = new[] { new { name = "a" } } },
            config = new { output_column_name = "output", input_variable_names = new[] { "q" } },
            inference_pipeline_id = "pipe-1",
            timestamp = 1,
            metadata = new { buffer_version = "1.0" },
        });
        switch (random.Next(6))
        {
            case 0:
                return content;
            case 1:
                return content[..random.Next(content.Length)];
            case 2:
                random.NextBytes(content);
                return content;
            case 3:
                for (var change = random.Next(1, 4); change > 0; change--)
                {
                    content[random.Next(content.Length)] = (byte)random.Next(256);
                }

                return content;
            case 4:
                return [.. content, .. content[..random.Next(10)]];
            default:
                var from = random.Next(content.Length);
                return [.. content[..from], .. content[Math.Min(content.Length, from + random.Next(20))..]];
        }
    }

    private static async Task ServeAsync(TcpListener listener, Random random, Action answered, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(cancellationToken);
                var stream = client.GetStream();
                await stream.ReadAtLeastAsync(new byte[16], 16, throwOnEndOfStream: false, cancellationToken);
                answered();
                try
                {
                    await stream.WriteAsync(Answer(random), cancellationToken);

                    // Read what is left, so that the answer is not lost to a reset.
                    client.Client.Shutdown(SocketShutdown.Send);
                    using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
                    while (await stream.ReadAsync(new byte[4096], patience.Token) > 0)
                    {
                    }
                }
                catch (Exception exception) when (exception is IOException or SocketException || !cancellationToken.IsCancellationRequested)
                {
                    // The client left.
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private static byte[] Answer(Random random)
    {
        string[] statuses = ["200 OK", "201 Created", "204 No Content", "302 Found", "400 Bad", "401 No", "404 Not", "413 Large", "422 Bad", "429 Many", "500 Oh", "503 Later", "999 What", "-1 No", "abc"];
        string[] headers =
        [
            "Content-Type: application/json", "Content-Type: text/html", "Content-Type: ;;;", "Retry-After: 0", "Retry-After: -5", "Retry-After: soon",
            "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT", "Content-Encoding: gzip", "Transfer-Encoding: chunked", "Content-Length: 5", "Content-Length: -1",
            "Location: http://127.0.0.1:1/", "Connection: close", "No colon", ": no name", "X: \u0001\u0002",
        ];
        string[] bodies = ["", "{\"success\": true}", "<html></html>", "{", "5\r\nhello\r\n0\r\n\r\n", "zz\r\n", "\0\0\0", new string('a', 100_000)];
        var answer = Encoding.Latin1.GetBytes(
            $"HTTP/1.1 {statuses[random.Next(statuses.Length)]}\r\n"
            + string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => headers[random.Next(headers.Length)] + "\r\n"))
            + "\r\n" + bodies[random.Next(bodies.Length)]);
        for (var change = random.Next(3) == 0 ? random.Next(5) : 0; change > 0; change--)
        {
            answer[random.Next(answer.Length)] = (byte)random.Next(256);
        }

        return answer;
    }

    private async Task EndAsync(FaultRun run, string fault, Func<Ledger, bool> isExpected)
    {
        var ledger = await run.EndAsync(fault);
        output.WriteLine(ledger.ToString());
        ledger.AssertBalanced();
        Assert.True(isExpected(ledger), ledger.ToString());
    }
}
