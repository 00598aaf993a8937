using System.Text.Json;
using Openlayer.Interception.ModelClients.Paths;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.ModelClients.Shapes;

/// <summary>How a content part is read from objects of one type.</summary>
internal sealed class PartShape
{
    // Those of the most derived class first. The first match counts.
    private readonly PartMapping[] _mappings;

    // The mappings of JSON objects that say their own type.
    private readonly PartMapping[] _named;

    private PartShape(ModelOperation operation, Type type)
    {
        WrappedValue = operation.WrappedValue.From(type);
        _mappings =
        [
            .. type.SelfAndBases()
                .SelectMany(ancestor => operation.ContentMappings.Where(mapping => mapping.TypeName == ancestor.Name))
                .Select(mapping => new PartMapping(mapping, type)),
        ];
        _named = type == typeof(JsonElement) ? [.. operation.ContentMappings.Select(mapping => new PartMapping(mapping, type))] : [];
    }

    /// <summary>The shapes of the types of an operation's content parts.</summary>
    public static TypeCache<PartShape> CacheOf(ModelOperation operation) => new(type => new PartShape(operation, type));

    /// <summary>Reads the value that a part wraps. Null if parts of the type wrap none.</summary>
    public Func<object, object?>? WrappedValue { get; }

    /// <summary>The mapping of a part. Null if its class is not known.</summary>
    public PartMapping? Find(object part)
    {
        if (_named.Length > 0 && PropertyReader.Read(part, "type") is string name)
        {
            foreach (var mapping in _named)
            {
                if (mapping.TypeName == name && mapping.IsMet(part))
                {
                    return mapping;
                }
            }
        }

        foreach (var mapping in _mappings)
        {
            if (mapping.IsMet(part))
            {
                return mapping;
            }
        }

        return null;
    }
}
