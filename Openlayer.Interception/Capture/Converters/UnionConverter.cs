using System.Globalization;
using System.Reflection;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>
/// A union of F#: its case and the case's fields, <c>{"Case": "Circle", "radius": 1.5}</c>; only the case's name if it has no fields. An
/// option is its value. Known by the attributes of the F# compiler, because FSharp.Core is not referenced.
/// </summary>
internal sealed class UnionConverter : SnapshotConverter
{
    private const BindingFlags Members = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private const int KindMask = 31;
    private const int SumType = 1;
    private const int Field = 4;
    private const int UnionCase = 8;

    private readonly Func<object, int> _tag;
    private readonly Dictionary<int, string> _cases;
    private readonly ILookup<int, PropertyInfo> _fields;

    // The type may be that of one case, nested in the union.
    private UnionConverter(Type union, Type type)
    {
        _tag = TagOf(union);
        _cases = union.GetMethods(Members)
            .Select(static method => (method.Name, Mapping: MappingOf(method)))
            .Where(static method => method.Mapping is [UnionCase, ..])
            .ToDictionary(static method => method.Mapping![^1], static method => CaseName(method.Name));
        _fields = type.SelfAndBases()
            .TakeWhile(candidate => candidate == union || candidate.IsAssignableTo(union))
            .SelectMany(static candidate => candidate.GetProperties(Members))
            .Select(static property => (Property: property, Mapping: MappingOf(property)))
            .Where(static field => field.Mapping is [Field, _, _])
            .OrderBy(static field => field.Mapping![2])
            .ToLookup(static field => field.Mapping![1], static field => field.Property);
    }

    /// <summary>The converter of a type. Null if it is not a union.</summary>
    public static SnapshotConverter? Find(Type type)
    {
        if (type.FullName is { } name
            && (name.StartsWith("Microsoft.FSharp.Core.FSharpOption`1", StringComparison.Ordinal) || name.StartsWith("Microsoft.FSharp.Core.FSharpValueOption`1", StringComparison.Ordinal)))
        {
            return Option(type);
        }

        return type.Namespace != "Microsoft.FSharp.Collections"
            && type.SelfAndBases().LastOrDefault(static candidate => MappingOf(candidate) is [SumType, ..]) is { } union
                ? new UnionConverter(union, type)
                : null;
    }

    public override void Write(SnapshotWriter writer, object value)
    {
        var tag = _tag(value);
        var name = _cases.GetValueOrDefault(tag, value.GetType().Name);
        if (!_fields.Contains(tag))
        {
            writer.WriteText(name);
            return;
        }

        if (!writer.TryOpen(value.GetType().IsValueType ? null : value, isObject: true))
        {
            return;
        }

        if (writer.WriteProperty("Case", name))
        {
            foreach (var field in _fields[tag])
            {
                if (!writer.WriteProperty(field.Name, field.GetValue(value)))
                {
                    break;
                }
            }
        }

        writer.Close();
    }

    // A union of one case has no tag. One whose empty case is null has it in a static method.
    private static Func<object, int> TagOf(Type union)
    {
        if (union.GetProperty("Tag", Members) is { } tag)
        {
            return value => Convert.ToInt32(tag.GetValue(value), CultureInfo.InvariantCulture);
        }

        return union.GetMethod("GetTag", Members, [union]) is { } method
            ? value => Convert.ToInt32(method.Invoke(null, [value]), CultureInfo.InvariantCulture)
            : static _ => 0;
    }

    private static DelegateConverter Option(Type type)
    {
        var isSome = type.GetProperty("IsSome", BindingFlags.Instance | BindingFlags.Public);
        var item = type.GetProperty("Value")!;
        return new DelegateConverter((writer, value) => writer.Write(isSome?.GetValue(value) is false ? null : item.GetValue(value)));
    }

    // NewCircle(radius), get_Empty()
    private static string CaseName(string method) => method switch
    {
        ['N', 'e', 'w', .. var name] => name,
        ['g', 'e', 't', '_', .. var name] => name,
        _ => method,
    };

    // The kind of the construct, the case and the position, as far as the attribute has them.
    private static int[]? MappingOf(MemberInfo member)
    {
        var attribute = member.GetCustomAttributesData().FirstOrDefault(static data => data.AttributeType.FullName == "Microsoft.FSharp.Core.CompilationMappingAttribute");
        if (attribute is null || !attribute.ConstructorArguments.All(static argument => argument.Value is int))
        {
            return null;
        }

        int[] mapping = [.. attribute.ConstructorArguments.Select(static argument => (int)argument.Value!)];
        mapping[0] &= KindMask;
        return mapping;
    }
}
