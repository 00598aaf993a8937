using System.Text.Json;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>JSON that is parsed when it is written.</summary>
internal sealed class DeferredJsonConverter : SnapshotConverter
{
    public override void Write(SnapshotWriter writer, object value) => ((DeferredJson)value).WriteTo(writer);

    // The application may have a converter for JSON, which runs at once.
    public override bool IsImmutable(object value, SnapshotConverterCache converters, int depth, ref FrozenSize size)
    {
        size.Bytes += CapturedSize.Entry + CapturedSize.OfText(((DeferredJson)value).Text);
        return converters.Get(typeof(JsonElement)) is JsonValueConverter;
    }
}
