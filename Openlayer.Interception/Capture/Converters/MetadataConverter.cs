using System.Reflection;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>Types, members, parameters, assemblies and modules: their names.</summary>
internal sealed class MetadataConverter : SnapshotConverter
{
    public override void Write(SnapshotWriter writer, object value) => writer.WriteText(value switch
    {
        Type type => CSharpName.Of(type),
        MemberInfo { DeclaringType: { } declaring } member => $"{CSharpName.Of(declaring)}.{member.Name}",
        MemberInfo member => member.Name,
        ParameterInfo parameter => parameter.Name,
        Assembly assembly => assembly.GetName().Name,
        _ => ((Module)value).ScopeName,
    });
}
