using System.Reflection;

namespace Openlayer.Interception.Capture.Converters;

/// <summary><c>Vector128&lt;T&gt;</c> and its like: an array of the items.</summary>
/// <param name="type">The constructed type.</param>
internal sealed class HardwareVectorConverter(Type type) : SnapshotConverter
{
    private readonly int _count = (int)type.GetProperty("Count", BindingFlags.Static | BindingFlags.Public)!.GetValue(null)!;
    private readonly PropertyInfo _item = type.GetProperty("Item")!;

    public override bool IsImmutable(object value, SnapshotConverterCache converters, int depth, ref FrozenSize size) => true;

    public override void Write(SnapshotWriter writer, object value) =>
        writer.Write(Enumerable.Range(0, _count).Select(index => _item.GetValue(value, [index])).ToArray());
}
