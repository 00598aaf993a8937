using System.Net;

namespace Openlayer.Interception.Tests.Publishing.Delivery;

/// <summary>The log and the callback name the last real failure, never the circuit breaker's or a budget's.</summary>
public sealed class FailureCauseTests
{
    [Fact]
    public async Task A_refused_connection_is_reported_as_such()
    {
        await using var run = await DeliveryRun.StartAsync();
        await run.Server.StopAsync();

        run.Complete(10);
        await run.FlushAsync();
        await run.EndAsync();

        Assert.Equal(10, run.Failures.Count);
        Assert.All(run.Failures, static failure =>
            Assert.Equal(HttpRequestError.ConnectionError, Assert.IsType<HttpRequestException>(failure.Exception).HttpRequestError));
        AssertLogged(run, "Connection");
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(401)]
    [InlineData(307)]
    public async Task A_status_is_reported_as_such(int status)
    {
        await using var run = await DeliveryRun.StartAsync(
            DeliveryRun.Answers(status, static _ => true),
            configure: static options => options.ShutdownTimeout = TimeSpan.FromMinutes(10));
        var patience = run.Now.AddHours(1);

        run.Complete(10);
        var flush = run.Tracer.FlushAsync(TestContext.Current.CancellationToken);
        await run.Application.AdvanceUntilAsync(() => flush.IsCompleted || run.Now > patience);
        await run.EndAsync();

        Assert.Equal(10, run.Failures.Count);
        Assert.All(run.Failures, failure =>
            Assert.Equal((HttpStatusCode)status, Assert.IsType<HttpRequestException>(failure.Exception).StatusCode));
        AssertLogged(run, $"status {status}");
    }

    [Fact]
    public async Task A_time_out_is_reported_as_such()
    {
        await using var run = await DeliveryRun.StartAsync(
            static async (context, _) =>
            {
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
                return false;
            },
            configure: static options => options.RequestTimeout = TimeSpan.FromSeconds(60));

        run.Complete(10);
        await run.FlushAsync();
        await run.EndAsync();

        Assert.Equal(10, run.Failures.Count);
        Assert.All(run.Failures, static failure => Assert.IsType<TimeoutException>(failure.Exception));
        AssertLogged(run, "RequestTimeout");
    }

    private static void AssertLogged(DeliveryRun run, string cause)
    {
        Assert.Contains(run.Log.Messages, message => message.Contains(cause, StringComparison.Ordinal));
        Assert.DoesNotContain(run.Log.Messages, static message => message.Contains("circuit", StringComparison.OrdinalIgnoreCase));
        if (cause != "RequestTimeout")
        {
            Assert.DoesNotContain(run.Log.Messages, static message => message.Contains("RequestTimeout", StringComparison.Ordinal));
        }
    }
}
