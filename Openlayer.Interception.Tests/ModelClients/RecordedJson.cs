using System.Text.Json;
using System.Text.RegularExpressions;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>Recorded values as JSON, without the ids of attachments, which are different each time.</summary>
public static partial class RecordedJson
{
    public static string Of(object? value) => AttachmentId().Replace(JsonSerializer.Serialize(value), "\"attachment\":{");

    [GeneratedRegex("\"attachment\":\\{\"id\":\"[0-9a-f-]{36}\",")]
    private static partial Regex AttachmentId();
}
