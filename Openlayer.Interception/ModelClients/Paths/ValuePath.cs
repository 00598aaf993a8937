namespace Openlayer.Interception.ModelClients.Paths;

/// <summary>
/// Where to find a value in an object graph whose types are not known at compile time. Immutable.
/// <code>
/// path    = segment *( "." segment )
/// segment = name          a public property, else the value under a dictionary's or JSON object's key
///         | name "()"     a public method without parameters
///         | digits        an index into a list, a collection or a JSON array, starting at 0
/// name    = 1*( letter | digit | "_" | "-" )
/// </code>
/// <c>Usage.InputTokenCount</c>, <c>Choices.0.Message</c> and <c>GetRawResponse().Content</c> are paths. <c>ToString()</c> formats with
/// the invariant culture, <c>Json()</c> on a string or a stream in memory parses it, and <c>Body()</c> on a response is its content as text, decompressed. A
/// segment that leads nowhere makes the path's value null; so does a null on the way. A path can have alternatives: the first that leads to
/// a value counts. In the library's own tables, a colon in a name stands for the dot of a dictionary's key.
/// </summary>
internal sealed class ValuePath
{
    /// <summary>The path from an object to itself.</summary>
    public const string Self = "";

    private readonly Segment[][] _alternatives;

    // How the path is followed from objects of the type that it was followed from first: most paths always start from the same type.
    private Reader? _first;

    /// <param name="alternatives">Paths, the preferred one first.</param>
    public ValuePath(params string[] alternatives)
        : this([.. alternatives.Select(static path => Segment.Split(path))])
    {
    }

    private ValuePath(Segment[][] alternatives) => _alternatives = alternatives;

    /// <summary>The path that never leads to a value.</summary>
    public static ValuePath None { get; } = new(Array.Empty<string>());

    /// <summary>Whether a text follows the grammar. <see cref="Self"/> does not.</summary>
    public static bool IsPath(string path) =>
        path.Split('.').All(static segment => segment.EndsWith("()", StringComparison.Ordinal) ? IsName(segment[..^2]) : IsName(segment));

    /// <summary>Whether one of the alternatives consists of this segment alone.</summary>
    public bool Is(string segment) => Array.Exists(_alternatives, path => path is [var only] && only.Name == segment);

    /// <summary>Whether the path can lead to a value from objects of a type.</summary>
    public bool MayLeadFrom(Type type) => Array.Exists(_alternatives, path => MayLeadFrom(path, type));

    /// <summary>This path, with the alternatives of another one after its own.</summary>
    public ValuePath Or(ValuePath other) => new([.. _alternatives, .. other._alternatives]);

    /// <summary>The value the path leads to from an object. Null if there is none. Throws what a property or method on the way throws.</summary>
    public object? Read(object? from)
    {
        if (from is null)
        {
            return null;
        }

        if (_first is { } first && ReferenceEquals(first.Type, from.GetType()))
        {
            return first.Read(from);
        }

        if (_alternatives.Length == 0)
        {
            return null;
        }

        Remember(from.GetType());
        return Follow(from, _alternatives);
    }

    /// <summary>The value the path leads to from a call's arguments: its first segment is a parameter's name.</summary>
    public object? Read(RequestArguments arguments)
    {
        foreach (var path in _alternatives)
        {
            if (path.Length > 0 && Follow(arguments.Value(path[0].Name), path.AsSpan(1)) is { } value)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>The alternatives as they are written, separated by commas.</summary>
    public override string ToString() =>
        string.Join(", ", _alternatives.Select(static path => string.Join('.', path.Select(static segment => segment.Name))));

    private void Remember(Type type)
    {
        // A collectible type must not be kept.
        if (_first is null && !type.IsCollectible)
        {
            _first = new Reader(type, ReaderFrom(type));
        }
    }

    private Func<object, object?> ReaderFrom(Type type)
    {
        var alternatives = Array.FindAll(_alternatives, path => MayLeadFrom(path, type));
        return alternatives switch
        {
            [] => static _ => null,
            [var only] => ReaderFrom(only, type),
            _ => from => Follow(from, alternatives),
        };
    }

    private static Func<object, object?> ReaderFrom(Segment[] path, Type type)
    {
        if (path.Length == 0)
        {
            return static from => from;
        }

        var first = path[0].Find(type);
        var rest = path[first.Length..];
        return rest.Length == 0 ? first.Read : from => Follow(first.Read(from), rest);
    }

    private static bool MayLeadFrom(Segment[] path, Type type) => path.Length == 0 || !path[0].Find(type).LeadsNowhere;

    private static object? Follow(object from, Segment[][] alternatives)
    {
        foreach (var path in alternatives)
        {
            if (Follow(from, path) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private static object? Follow(object? value, ReadOnlySpan<Segment> segments)
    {
        for (var at = 0; at < segments.Length && value is not null;)
        {
            value = segments[at].Read(value, out var length);
            at += length;
        }

        return value;
    }

    private static bool IsName(string name) =>
        name.Length > 0 && name.All(static character => char.IsLetterOrDigit(character) || character is '_' or '-');

    /// <summary>One segment, which remembers how it was read the last time: most paths always start from the same type.</summary>
    /// <param name="name">The segment.</param>
    /// <param name="rest">The segment and those after it, separated by dots.</param>
    private sealed class Segment(string name, string rest)
    {
        private PropertyReader.Accessor? _last;

        public string Name => name;

        public static Segment[] Split(string path)
        {
            var names = path == Self ? [] : path.Split('.');
            return [.. names.Select((name, at) => new Segment(name, string.Join('.', names[at..])))];
        }

        public PropertyReader.Accessor Find(Type type) => PropertyReader.Find(type, rest);

        /// <summary>The value that the segment leads to.</summary>
        /// <param name="from">The object it starts from.</param>
        /// <param name="length">The number of segments that the value is the end of.</param>
        public object? Read(object from, out int length)
        {
            var type = from.GetType();
            var accessor = _last;
            if (accessor is null || accessor.Type != type)
            {
                accessor = Find(type);

                // A collectible type must not be kept.
                if (!type.IsCollectible)
                {
                    _last = accessor;
                }
            }

            length = accessor.Length;
            return accessor.Read(from);
        }
    }

    /// <summary>How the path is followed from objects of a type.</summary>
    private sealed record Reader(Type Type, Func<object, object?> Read);
}
