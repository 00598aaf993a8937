using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Openlayer.Interception.Tests.Servers;

/// <summary>A web application on a free loopback port that takes bodies of any length and logs nothing.</summary>
internal static class LoopbackApplication
{
    /// <summary>Creates the application. The caller starts and disposes it.</summary>
    public static WebApplication Create(RequestDelegate handle)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = null;
        });
        var application = builder.Build();
        application.Run(handle);
        return application;
    }
}
