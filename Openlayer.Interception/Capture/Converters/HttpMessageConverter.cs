using System.Globalization;
using System.Net.Http.Headers;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>HTTP requests, responses, headers and content. The content is described, not read.</summary>
internal sealed class HttpMessageConverter : SnapshotConverter
{
    public override void Write(SnapshotWriter writer, object value)
    {
        if (!writer.TryOpen(value, isObject: true))
        {
            return;
        }

        switch (value)
        {
            case HttpContent content:
                WriteContent(writer, content);
                break;
            case HttpRequestMessage request:
                WriteRequest(writer, request);
                break;
            case HttpResponseMessage response:
                WriteResponse(writer, response);
                break;
            case HttpHeaders headers:
                WriteHeaders(writer, headers);
                break;
        }

        writer.Close();
    }

    private static void WriteContent(SnapshotWriter writer, HttpContent content)
    {
        var headers = content.Headers.NonValidated;
        _ = writer.WriteProperty("type", CSharpName.Of(content.GetType()))
            && writer.WriteProperty("contentType", Header(headers, "Content-Type"))
            && writer.WriteProperty("length", Length(headers));
    }

    private static void WriteRequest(SnapshotWriter writer, HttpRequestMessage request) =>
        _ = writer.WriteProperty("method", request.Method.Method)
            && writer.WriteProperty("uri", request.RequestUri)
            && writer.WriteProperty("headers", request.Headers)
            && writer.WriteProperty("content", request.Content);

    private static void WriteResponse(SnapshotWriter writer, HttpResponseMessage response) =>
        _ = writer.WriteProperty("status", (int)response.StatusCode)
            && writer.WriteProperty("reason", response.ReasonPhrase)
            && writer.WriteProperty("headers", response.Headers)
            && writer.WriteProperty("content", response.Content);

    private static void WriteHeaders(SnapshotWriter writer, HttpHeaders headers)
    {
        foreach (var (name, values) in headers.NonValidated)
        {
            if (!writer.WriteProperty(name, values.ToString()))
            {
                break;
            }
        }
    }

    // The content would add a length that it computes to its headers.
    private static long? Length(HttpHeadersNonValidated headers) =>
        long.TryParse(Header(headers, "Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;

    private static string? Header(HttpHeadersNonValidated headers, string name) =>
        headers.TryGetValues(name, out var values) ? values.ToString() : null;
}
