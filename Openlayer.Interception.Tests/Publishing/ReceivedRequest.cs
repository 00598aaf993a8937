using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Openlayer.Interception.Tests.Publishing;

/// <summary>A request as the server received it. The target is the raw path and query, including escapes.</summary>
internal sealed record ReceivedRequest(string Method, string Target, IHeaderDictionary Headers, byte[] Body)
{
    public JsonElement Json => JsonElement.Parse(Body);
}
