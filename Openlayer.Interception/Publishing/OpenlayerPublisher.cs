using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using Openlayer.Interception.Diagnostics;

namespace Openlayer.Interception.Publishing;

/// <summary>
/// Sends traces to the Openlayer data stream, one request a trace. A trace that cannot be sent is reported and does not hold back the
/// next. Of requests and responses nothing but the status code is ever logged.
/// </summary>
internal sealed class OpenlayerPublisher : ITracePublisher, IDisposable
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly OpenlayerOptions _options;
    private readonly FaultLog _faults;
    private readonly HttpClient _client;
    private int _hasWarned;

    public OpenlayerPublisher(OpenlayerOptions options, FaultLog faults)
    {
        _options = options;
        _faults = faults;
        _client = new HttpClient(new SocketsHttpHandler
        {
            // A redirect would take prompts to a host that nobody configured.
            AllowAutoRedirect = false,

            // No propagator, no Activity: what is sent here is no part of the application's own distributed traces.
            ActivityHeadersPropagator = null,

            // DNS changes are seen.
            PooledConnectionLifetime = TimeSpan.FromMinutes(15),
            UseCookies = false,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public async ValueTask PublishAsync(IReadOnlyList<Trace> traces, CancellationToken cancellationToken)
    {
        if (_options.ApiKey is not { } apiKey || _options.InferencePipelineId is not { } pipelineId)
        {
            WarnOnce();
            return;
        }

        var address = DataStream(_options.BaseUrl, pipelineId);
        var authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        foreach (var trace in traces)
        {
            try
            {
                var body = new ArrayBufferWriter<byte>();
                DataStreamRequest.Write(body, new Row(trace));
                var status = await SendAsync(address, authorization, body.WrittenMemory, cancellationToken).ConfigureAwait(false);
                if ((int)status is < 200 or > 299)
                {
                    _faults.Report($"Openlayer answered with status {(int)status}: the trace is lost.");
                }
            }
            catch (HttpRequestException exception)
            {
                _faults.Report($"A trace could not be sent to Openlayer ({exception.HttpRequestError}) and is lost.", exception);
            }
            catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
            {
                _faults.Report("A request to Openlayer took longer than OpenlayerOptions.RequestTimeout: the trace is lost.", exception);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                _faults.Report("A trace could not be written for Openlayer and is lost.", exception);
            }
        }
    }

    public void Dispose() => _client.Dispose();

    private static Uri DataStream(Uri baseUrl, string pipelineId)
    {
        var path = baseUrl.GetLeftPart(UriPartial.Path).TrimEnd('/');
        return new($"{path}/inference-pipelines/{Uri.EscapeDataString(pipelineId)}/data-stream{baseUrl.Query}");
    }

    /// <summary>Sends one request, once.</summary>
    private async Task<HttpStatusCode> SendAsync(
        Uri address,
        AuthenticationHeaderValue authorization,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_options.RequestTimeout, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = Json;
        request.Headers.Authorization = authorization;
        using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
        return response.StatusCode;
    }

    private void WarnOnce()
    {
        if (Interlocked.Exchange(ref _hasWarned, 1) != 0)
        {
            return;
        }

        string[] missing =
        [
            .. _options.ApiKey is null ? ["OpenlayerOptions.ApiKey or OPENLAYER_API_KEY"] : Array.Empty<string>(),
            .. _options.InferencePipelineId is null
                ? ["OpenlayerOptions.InferencePipelineId or OPENLAYER_INFERENCE_PIPELINE_ID"]
                : Array.Empty<string>(),
        ];
        _faults.Logger.LogWarning(
            "Traces are not sent to Openlayer. Set {Missing}, or set OpenlayerOptions.SendToOpenlayer to false.",
            string.Join(", and ", missing));
    }
}
