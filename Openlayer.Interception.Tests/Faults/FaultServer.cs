using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Openlayer.Interception.Tests.Faults;

/// <summary>A real server that can be down, and can do wrong in every way that a test thinks of. It counts the rows it has acknowledged.</summary>
internal sealed class FaultServer(bool isSecure = false) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, int> _acknowledged = new();
    private readonly ConcurrentQueue<(string Id, JsonElement Body)> _updates = new();
    private readonly int _port = FreePort();
    private WebApplication? _application;
    private readonly ConcurrentQueue<DateTimeOffset> _times = new();
    private int _requests;

    public Uri Address => new($"{(isSecure ? "https" : "http")}://127.0.0.1:{_port}");

    /// <summary>How many requests have come.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>The clock of <see cref="Times"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>When each request came.</summary>
    public IReadOnlyList<DateTimeOffset> Times => [.. _times];

    /// <summary>The ids of the rows that were acknowledged, and how often each was.</summary>
    public IReadOnlyDictionary<string, int> Acknowledged => _acknowledged;

    /// <summary>The updates of rows that were acknowledged, in the order in which they came. Those of other rows are answered with 404.</summary>
    public IReadOnlyCollection<(string Id, JsonElement Body)> Updates => _updates;

    /// <summary>What happens to a request: true to acknowledge it, false where it has been dealt with.</summary>
    public Func<HttpContext, int, Task<bool>> Fault { get; set; } = static (_, _) => Task.FromResult(true);

    /// <summary>Writes the response that acknowledges rows. The rows count as acknowledged before it is called.</summary>
    public Func<HttpContext, Task> Acknowledgement { get; set; } = static context =>
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync("{\"success\": true}");
    };

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseShutdownTimeout(TimeSpan.Zero);
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, _port, listen =>
            {
                if (isSecure)
                {
                    listen.UseHttps(SelfSigned());
                }
            });
        });
        _application = builder.Build();
        _application.Run(HandleAsync);
        await _application.StartAsync();
    }

    public async Task StopAsync()
    {
        if (_application is not null)
        {
            await _application.DisposeAsync();
            _application = null;
        }
    }

    public static async Task<bool> AnswerAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        await context.Response.CompleteAsync();
        return false;
    }

    public ValueTask DisposeAsync() => new(StopAsync());

    private async Task UpdateAsync(HttpContext context, JsonElement body)
    {
        if (context.Request.Query["inferenceId"].ToString() is var id && _acknowledged.ContainsKey(id))
        {
            _updates.Enqueue((id, body.Clone()));
            await Acknowledgement(context);
        }
        else
        {
            await AnswerAsync(context, StatusCodes.Status404NotFound);
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=not-openlayer", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
#if NET9_0_OR_GREATER
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
#else
        return new X509Certificate2(certificate.Export(X509ContentType.Pfx));
#endif
    }

    private async Task HandleAsync(HttpContext context)
    {
        _times.Enqueue(TimeProvider.GetUtcNow());
        var number = Interlocked.Increment(ref _requests);
        try
        {
            if (!await Fault(context, number))
            {
                return;
            }

            using var body = await JsonDocument.ParseAsync(context.Request.Body);
            if (context.Request.Method == HttpMethods.Put)
            {
                await UpdateAsync(context, body.RootElement);
                return;
            }

            var ids = body.RootElement.GetProperty("rows").EnumerateArray()
                .Select(static row => row.TryGetProperty("inferenceId", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null)
                .OfType<string>()
                .ToArray();
            if (ids.Length < body.RootElement.GetProperty("rows").GetArrayLength())
            {
                await AnswerAsync(context, 422);
                return;
            }

            // Before the answer, so that a client that has read it finds them counted.
            foreach (var id in ids)
            {
                _acknowledged.AddOrUpdate(id, 1, static (_, count) => count + 1);
            }

            await Acknowledgement(context);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or BadHttpRequestException or JsonException)
        {
            // The client left.
        }
    }
}
