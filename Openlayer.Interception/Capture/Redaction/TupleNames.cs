using System.Reflection;
using System.Runtime.CompilerServices;

namespace Openlayer.Interception.Capture.Redaction;

/// <summary>The elements of the tuples in a declared type that have a redacted name, such as the second of <c>(string User, string Password)</c>.</summary>
internal sealed class TupleNames
{
    private readonly Dictionary<Type, HashSet<int>> _redacted = [];

    private TupleNames()
    {
    }

    /// <summary>Reads the names of the tuples in the types of parameters, properties or fields. Null if none is redacted.</summary>
    /// <param name="names">Decides which names are redacted.</param>
    /// <param name="members">Each type, and the member whose attribute holds the names.</param>
    public static TupleNames? Of(Func<string, bool> names, params (Type Type, ICustomAttributeProvider Member)[] members)
    {
        TupleNames? all = null;
        foreach (var (type, member) in members)
        {
            if (member.GetCustomAttributes(typeof(TupleElementNamesAttribute), inherit: true) is [TupleElementNamesAttribute attribute])
            {
                all ??= new TupleNames();
                var position = 0;
                all.Read(type, attribute.TransformNames, ref position, names);
            }
        }

        return all is { _redacted.Count: > 0 } ? all : null;
    }

    /// <summary>Whether an element of a tuple is redacted: if any tuple of its type has a redacted name at its place.</summary>
    public bool IsRedacted(Type tuple, int index) => _redacted.TryGetValue(tuple, out var elements) && elements.Contains(index);

    // The compiler lists the names of a tuple before those in the types of its elements.
    private void Read(Type type, IList<string?> elementNames, ref int position, Func<string, bool> names)
    {
        if (type.HasElementType)
        {
            Read(type.GetElementType()!, elementNames, ref position, names);
            return;
        }

        if (type.IsAssignableTo(typeof(ITuple)) && type is { IsValueType: true, IsGenericType: true, Namespace: nameof(System) })
        {
            var count = Count(type);
            for (var index = 0; index < count && position < elementNames.Count; index++)
            {
                if (elementNames[position++] is { } name && names(name))
                {
                    if (!_redacted.TryGetValue(type, out var elements))
                    {
                        _redacted[type] = elements = [];
                    }

                    elements.Add(index);
                }
            }
        }

        foreach (var argument in type.GetGenericArguments())
        {
            Read(argument, elementNames, ref position, names);
        }
    }

    private static int Count(Type tuple)
    {
        const int MaxElements = 7;
        var arguments = tuple.GetGenericArguments();
        return arguments.Length <= MaxElements ? arguments.Length : MaxElements + Count(arguments[MaxElements]);
    }
}
