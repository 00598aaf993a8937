using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Openlayer.Interception.Tests.Publishing;

/// <summary>A request as the server got it. The target is path and query as they came, escapes included.</summary>
internal sealed record ReceivedRequest(string Method, string Target, IHeaderDictionary Headers, byte[] Body)
{
    public JsonElement Json => JsonElement.Parse(Body);
}
