using Microsoft.AspNetCore.Http;
using Openlayer.Interception.Tests.Faults;

namespace Openlayer.Interception.Tests.Publishing.Delivery;

/// <summary>A 2xx status acknowledges the rows of the request that it answers, and of no other.</summary>
[Collection(typeof(RealClock))]
public sealed class AcknowledgementTests
{
    private static readonly TimeSpan HungAfter = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, Func<HttpContext, Task, Task>> Bodies => new()
    {
        { "breaks off", static async (context, acknowledged) =>
        {
            context.Response.ContentLength = 1_000;
            await context.Response.Body.WriteAsync("{\"succ"u8.ToArray());
            await context.Response.Body.FlushAsync();

            // A reset can overtake the headers.
            await acknowledged;
            context.Abort();
        } },
        { "never ends", static async (context, _) =>
        {
            await context.Response.Body.WriteAsync("{\"succ"u8.ToArray());
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        } },
        { "never begins", static async (context, _) =>
        {
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        } },
        { "has no bound", static async (context, _) =>
        {
            var chunk = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
            }
        } },
        { "is not JSON", static (context, _) => context.Response.WriteAsync("thanks") },
        { "is empty", static (_, _) => Task.CompletedTask },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_200_is_an_acknowledgement_whatever_becomes_of_its_body(string body, Func<HttpContext, Task, Task> acknowledge)
    {
        await using var run = await DeliveryRun.StartAsync(configure: static options =>
        {
            options.TimeProvider = TimeProvider.System;
            options.RequestTimeout = TimeSpan.FromSeconds(2);
            options.ShutdownTimeout = TimeSpan.FromSeconds(5);
        });
        run.Server.Acknowledgement = context => acknowledge(context, TracedApplication.UntilAsync(() => run.Application.Meter.Sent.Count > 0));

        run.Complete(10);
        await run.Tracer.FlushAsync(Token).WaitAsync(HungAfter, Token);
        var ledger = await run.EndAsync($"a body that {body}");

        ledger.AssertBalanced();
        Assert.Equal((10, 0), (ledger.Acknowledged, ledger.Reported));

        // A flush can find some of them written, so that there are two requests. No row is sent again.
        Assert.Equal(10, run.Server.Acknowledged.Count);
        Assert.All(run.Server.Acknowledged.Values, static times => Assert.Equal(1, times));
    }

    [Theory]
    [InlineData(201)]
    [InlineData(202)]
    [InlineData(204)]
    public async Task Every_2xx_is_an_acknowledgement(int status)
    {
        await using var run = await DeliveryRun.StartAsync();
        run.Server.Acknowledgement = context => FaultServer.AnswerAsync(context, status);

        run.Complete(10);
        await run.FlushAsync();

        run.AssertAllArrived(10);
    }

    [Theory]
    [InlineData(301, false)]
    [InlineData(302, false)]
    [InlineData(303, false)]
    [InlineData(307, true)]
    [InlineData(308, true)]
    public async Task A_redirect_that_the_users_client_follows_is_not_an_acknowledgement(int status, bool isElsewhere)
    {
        await using var elsewhere = new FaultServer();
        await elsewhere.StartAsync();
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = true, UseProxy = false };
        using var client = new HttpClient(handler);
        await using var run = await DeliveryRun.StartAsync(
            (context, number) =>
            {
                if (number > 1 && context.Request.Path != "/elsewhere")
                {
                    return Task.FromResult(true);
                }

                // A POST that became a GET is answered with 200.
                context.Response.Headers.Location = isElsewhere ? elsewhere.Address.ToString() : "/elsewhere";
                return FaultServer.AnswerAsync(context, context.Request.Path == "/elsewhere" ? 200 : status);
            },
            configure: options => options.CreateHttpClient = () => client);

        run.Complete(10);
        await run.FlushAsync();

        run.AssertAllArrived(10);
        Assert.Contains(run.Log.Messages, static message => message.Contains("AllowAutoRedirect = false", StringComparison.Ordinal));
    }
}
