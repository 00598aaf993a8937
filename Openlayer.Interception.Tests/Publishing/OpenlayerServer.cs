using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Openlayer.Interception.Tests.Servers;

namespace Openlayer.Interception.Tests.Publishing;

/// <summary>A real server on a free loopback port. It records requests. A test decides when it responds, and how.</summary>
internal sealed class OpenlayerServer : IAsyncDisposable
{
    private static readonly TimeSpan HungAfter = TimeSpan.FromSeconds(60);

    private readonly WebApplication _application;
    private readonly Channel<ReceivedRequest> _received = Channel.CreateUnbounded<ReceivedRequest>();
    private readonly ConcurrentQueue<DateTimeOffset> _times = new();
    private int _count;

    private OpenlayerServer() => _application = LoopbackApplication.Create(HandleAsync);

    /// <summary>The server's address, without a path: <c>http://127.0.0.1:port</c>.</summary>
    public string Address => _application.Urls.Single();

    /// <summary>The number of requests received.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Returns the status of the response to a request. Default: 200, immediately.</summary>
    public Func<ReceivedRequest, Task<int>> Answer { get; set; } = static _ => Task.FromResult(StatusCodes.Status200OK);

    /// <summary>The body of every response. Default: null, for none.</summary>
    public string? AnswerBody { get; set; }

    /// <summary>The clock of <see cref="Times"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>The times at which requests were received.</summary>
    public IReadOnlyList<DateTimeOffset> Times => [.. _times];

    /// <summary>The headers of every response.</summary>
    public Dictionary<string, string> AnswerHeaders { get; } = [];

    public static async Task<OpenlayerServer> StartAsync()
    {
        var server = new OpenlayerServer();
        await server._application.StartAsync();
        return server;
    }

    /// <summary>Returns the next request that the test has not read yet. Waits for one.</summary>
    public async Task<ReceivedRequest> NextAsync() => await _received.Reader.ReadAsync().AsTask().WaitAsync(HungAfter);

    /// <summary>Returns all requests that the test has not read yet. Waits for the first.</summary>
    public async Task<List<ReceivedRequest>> TakeAllAsync()
    {
        var requests = new List<ReceivedRequest> { await NextAsync() };
        while (_received.Reader.TryRead(out var request))
        {
            requests.Add(request);
        }

        return requests;
    }

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var request = new ReceivedRequest(context.Request.Method, target, new HeaderDictionary(context.Request.Headers.ToDictionary()), body.ToArray());
        _times.Enqueue(TimeProvider.GetUtcNow());
        Interlocked.Increment(ref _count);
        _received.Writer.TryWrite(request);
        try
        {
            context.Response.StatusCode = await Answer(request).WaitAsync(context.RequestAborted);
            foreach (var (name, value) in AnswerHeaders)
            {
                context.Response.Headers[name] = value;
            }

            if (AnswerBody is { } answer)
            {
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync(answer);
            }
        }
        catch (OperationCanceledException)
        {
            // The client disconnected before the test released the response.
        }
    }
}
