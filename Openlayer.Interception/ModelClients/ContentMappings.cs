using System.Text.Json;
using Openlayer.Interception.ModelClients.Paths;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.ModelClients;

/// <summary>The classes of content parts that an operation knows. Those of one type are looked up once. Thread-safe.</summary>
internal sealed class ContentMappings
{
    private readonly ContentMapping[] _all;
    private readonly TypeCache<ContentMapping[]> _byType;

    /// <param name="all">The classes. The first match counts.</param>
    public ContentMappings(ContentMapping[] all)
    {
        _all = all;
        _byType = new TypeCache<ContentMapping[]>(Matching);
    }

    /// <summary>The mapping of a part. Null if its class is not known.</summary>
    public ContentMapping? Find(object part)
    {
        if (part is JsonElement element
            && PropertyReader.Read(element, "type") is string name
            && Array.Find(_all, mapping => mapping.TypeName == name && IsMet(mapping, part)) is { } found)
        {
            return found;
        }

        foreach (var mapping in _byType.Get(part.GetType()))
        {
            if (IsMet(mapping, part))
            {
                return mapping;
            }
        }

        return null;
    }

    private static bool IsMet(ContentMapping mapping, object part) => mapping.When is null || mapping.When.Read(part) is not null;

    // Those of the most derived class first.
    private ContentMapping[] Matching(Type type)
    {
        List<ContentMapping> matching = [];
        for (var known = type; known is not null; known = known.BaseType)
        {
            matching.AddRange(_all.Where(mapping => mapping.TypeName == known.Name));
        }

        return [.. matching];
    }
}
