using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Openlayer.Interception.Tests.Publishing.Delivery;

/// <summary>The library's requests say what sends them, and are no part of the application's own telemetry.</summary>
public sealed class OwnRequestTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_carry_a_User_Agent_with_the_version()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(server: server);

        app.Trace("trace");
        await app.Tracer.FlushAsync(Token);

        var version = typeof(OpenlayerTracer).Assembly.GetName().Version!.ToString(3);
        Assert.Matches($"^[A-Za-z.-]*[Oo]penlayer[A-Za-z.-]*/{version.Replace(".", "\\.", StringComparison.Ordinal)}", (await server.NextAsync()).Headers.UserAgent.ToString());
    }

    [Fact]
    public async Task Requests_of_a_client_of_the_users_make_no_spans()
    {
        await using var server = await OpenlayerServer.StartAsync();
        using var log = new RecordedLog();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.Services.AddSingleton<ILoggerFactory>(log));
        services.AddHttpClient("openlayer");
        await using var provider = services.BuildServiceProvider();
        var factory = provider.GetRequiredService<IHttpClientFactory>();
        var spans = new ConcurrentBag<object?>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "System.Net.Http",

            // As the default sampler of OpenTelemetry: roots, and children of what is recorded.
            Sample = static (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent == default || options.Parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)
                    ? ActivitySamplingResult.AllDataAndRecorded
                    : ActivitySamplingResult.None,
            ActivityStopped = activity => spans.Add(activity.GetTagItem("server.port")),
        };
        ActivitySource.AddActivityListener(listener);
        using var activity = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        await using var app = new TracedApplication(options => options.CreateHttpClient = () => factory.CreateClient("openlayer"), server);

        app.Trace("trace");
        await app.Tracer.FlushAsync(Token);

        await server.NextAsync();
        Assert.DoesNotContain(new Uri(server.Address).Port, spans);
    }
}
