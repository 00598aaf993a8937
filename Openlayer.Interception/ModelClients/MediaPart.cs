using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

/// <summary>Media of a prompt that the request takes as arguments of their own.</summary>
/// <param name="Kind">The kind of media, <c>image</c> or <c>audio</c>.</param>
/// <param name="Values">The fields of <see cref="MediaFields"/>.</param>
internal sealed record MediaPart(string Kind, Dictionary<string, object?> Values)
{
    /// <summary>The fields of the content item. Of a path only the file's name is kept.</summary>
    public Dictionary<string, object?> ToFields()
    {
        var fields = new Dictionary<string, object?>(Values) { ["kind"] = Kind, ["name"] = Path.GetFileName(PropertyReader.Text(Values.GetValueOrDefault("name"))) };
        MediaFields.ReplaceData(fields);
        return fields;
    }
}
