using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Openlayer.Interception.Benchmarks.Services;

/// <summary>A server on loopback that reads each request to its end and acknowledges it.</summary>
public sealed class DrainingServer : IDisposable
{
    private readonly WebApplication _application;

    private DrainingServer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = null;
        });
        _application = builder.Build();
        _application.Run(static async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync("{\"success\": true}");
        });
    }

    public static DrainingServer Start()
    {
        var server = new DrainingServer();
        server._application.Start();
        return server;
    }

    public Uri Address => new(_application.Urls.Single());

    /// <summary>Sets the options that send traces to this server.</summary>
    public void Configure(OpenlayerOptions options) => Configure(options, Address);

    /// <summary>Sets the options that send traces to such a server in another process.</summary>
    public static void Configure(OpenlayerOptions options, Uri address)
    {
        options.SendToOpenlayer = true;
        options.ApiKey = "key";
        options.InferencePipelineId = "pipeline";
        options.BaseUrl = address;
    }

    public void Dispose() => ((IDisposable)_application).Dispose();
}
