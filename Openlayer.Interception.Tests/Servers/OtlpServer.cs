using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Openlayer.Interception.Tests.Servers;

/// <summary>A server on loopback that receives spans by OTLP, as protobuf over HTTP. It stands in for Openlayer's endpoint.</summary>
internal sealed class OtlpServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Target, IHeaderDictionary Headers, byte[] Body)> _received = new();

    private OtlpServer(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    public IReadOnlyCollection<(string Target, IHeaderDictionary Headers, byte[] Body)> Received => _received;

    public static async Task<OtlpServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new OtlpServer(builder.Build());
        server._app.Run(server.ReceiveAsync);
        await server._app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var request = context.Request;
        _received.Enqueue(($"{request.Method} {request.Path}", new HeaderDictionary(request.Headers.ToDictionary()), body.ToArray()));

        // An empty response: everything was accepted.
        context.Response.ContentType = "application/x-protobuf";
    }
}
