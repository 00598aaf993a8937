using System.Reflection;
using Openlayer.Interception.Capture.Attachments;
using Openlayer.Interception.Capture.Converters;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Capture.Media;

/// <summary>
/// The SDKs' classes that hold media, which are written as content items without their bytes, and bytes that may be JSON. The library does not
/// reference these SDKs, so the classes are found by name.
/// </summary>
/// <param name="type">The class.</param>
/// <param name="kind">The kind of media, where the media type may not say it.</param>
internal sealed class MediaConverter(Type type, string? kind) : SnapshotConverter
{
    private static readonly (string TypeName, string? Kind)[] Classes =
    [
        ("Microsoft.Extensions.AI.DataContent", null),
        ("Microsoft.Extensions.AI.UriContent", null),
        ("Microsoft.SemanticKernel.ImageContent", "image"),
        ("Microsoft.SemanticKernel.AudioContent", "audio"),
        ("Microsoft.SemanticKernel.BinaryContent", null),
    ];

    private readonly PropertyInfo? _data = type.GetProperty("Data");
    private readonly PropertyInfo? _mediaType = type.GetProperty("MediaType") ?? type.GetProperty("MimeType");
    private readonly PropertyInfo? _name = type.GetProperty("Name");
    private readonly PropertyInfo? _uri = type.GetProperty("Uri") is { } uri && uri.PropertyType == typeof(Uri) ? uri : null;

    /// <summary>The converter of a type. Null if it is not known to hold media.</summary>
    public static SnapshotConverter? Find(Type type)
    {
        foreach (var candidate in type.SelfAndBases())
        {
            if (candidate.FullName == BinaryDataConverter.TypeName)
            {
                return new BinaryDataConverter(candidate);
            }

            if (Array.Find(Classes, known => known.TypeName == candidate.FullName) is { TypeName: not null } found)
            {
                return new MediaConverter(type, found.Kind);
            }
        }

        return null;
    }

    public override void Write(SnapshotWriter writer, object value)
    {
        var address = (_uri?.GetValue(value) as Uri)?.OriginalString;
        var data = _data?.GetValue(value) as ReadOnlyMemory<byte>?;
        if (address?.StartsWith("data:", StringComparison.OrdinalIgnoreCase) == true)
        {
            var uri = DataUri.Of(address);
            writer.Write(new MediaItem { Kind = kind, Name = _name?.GetValue(value) as string, MediaType = _mediaType?.GetValue(value) as string ?? uri.MediaType, Source = uri.Source }.ToContentItem());
            return;
        }

        writer.Write(new MediaItem
        {
            Kind = kind,
            Name = _name?.GetValue(value) as string,
            MediaType = _mediaType?.GetValue(value) as string,
            Url = address,
            Source = data is { } bytes ? new BytesSource(bytes) : null,
        }.ToContentItem());
    }
}
