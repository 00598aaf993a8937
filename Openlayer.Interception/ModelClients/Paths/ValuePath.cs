using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.ModelClients.Paths;

/// <summary>
/// Where to find a value in an object graph whose types are not known at compile time. Thread-safe.
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

    // Most paths start from one type only.
    private const int MaxListed = 4;

    private readonly string[] _alternatives;

    // How the path is followed from the types that it was followed from first, the last one in front.
    private Reader? _readers;

    // How it is followed from further types, and from collectible ones, which must not be kept.
    private TypeCache<Func<object, object?>?>? _others;

    /// <param name="alternatives">Paths, the preferred one first.</param>
    public ValuePath(params string[] alternatives) => _alternatives = alternatives;

    /// <summary>The path that never leads to a value.</summary>
    public static ValuePath None { get; } = new();

    /// <summary>Whether a text follows the grammar. <see cref="Self"/> does not.</summary>
    public static bool IsPath(string path) =>
        path.Split('.').All(static segment => segment.EndsWith("()", StringComparison.Ordinal) ? IsName(segment[..^2]) : IsName(segment));

    /// <summary>Whether one of the alternatives consists of this segment alone.</summary>
    public bool Is(string segment) => Array.IndexOf(_alternatives, segment) >= 0;

    /// <summary>This path, with the alternatives of another one after its own.</summary>
    public ValuePath Or(ValuePath other) => new([.. _alternatives, .. other._alternatives]);

    /// <summary>The value the path leads to from an object. Null if there is none. Throws what a property or method on the way throws.</summary>
    public object? Read(object? from) => from is null || _alternatives.Length == 0 ? null : ReaderFrom(from.GetType())?.Invoke(from);

    /// <summary>How the path is followed from objects of a type. Null if it leads nowhere from them.</summary>
    public Func<object, object?>? From(Type type)
    {
        var readers = _alternatives.Select(path => From(path, type)).OfType<Func<object, object?>>().ToArray();
        return readers switch
        {
            [] => null,
            [var only] => only,
            _ => from => First(readers, from),
        };
    }

    /// <summary>The path in a call's arguments: its first segment is a parameter's name.</summary>
    /// <param name="positions">The positions of the parameters that can be read, by name.</param>
    public ArgumentPath Among(Dictionary<string, int> positions)
    {
        List<(int Position, ValuePath Path)> found = [];
        foreach (var path in _alternatives)
        {
            var name = path.Split('.')[0];
            if (positions.TryGetValue(name, out var position))
            {
                found.Add((position, new ValuePath(After(path, 1) ?? Self)));
            }
        }

        return new ArgumentPath([.. found]);
    }

    /// <summary>The alternatives as they are written, separated by commas.</summary>
    public override string ToString() => string.Join(", ", _alternatives);

    private static Func<object, object?>? From(string path, Type type)
    {
        if (path == Self)
        {
            return static from => from;
        }

        var first = PropertyReader.Find(type, path);
        if (first.LeadsNowhere)
        {
            return null;
        }

        if (After(path, first.Length) is not { } further)
        {
            return first.Read;
        }

        var rest = new ValuePath(further);
        return from => rest.Read(first.Read(from));
    }

    private static object? First(Func<object, object?>[] readers, object from)
    {
        foreach (var read in readers)
        {
            if (read(from) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    // The path without its first segments. Null if there are no others.
    private static string? After(string path, int segments)
    {
        var rest = path.Split('.')[segments..];
        return rest.Length == 0 ? null : string.Join('.', rest);
    }

    private static bool IsName(string name) =>
        name.Length > 0 && name.All(static character => char.IsLetterOrDigit(character) || character is '_' or '-');

    private Func<object, object?>? ReaderFrom(Type type)
    {
        for (var reader = _readers; reader is not null; reader = reader.Next)
        {
            if (ReferenceEquals(reader.Type, type))
            {
                return reader.Read;
            }
        }

        return Remembered(type);
    }

    private Func<object, object?>? Remembered(Type type)
    {
        var readers = _readers;
        if (readers is { Number: MaxListed } || type.IsCollectible)
        {
            return (_others ??= new(From)).Get(type);
        }

        // If two threads add a reader at the same time, one of them is lost, and added the next time, or one is there twice.
        return (_readers = new Reader(type, From(type), readers)).Read;
    }

    /// <summary>How the path is followed from objects of a type.</summary>
    private sealed class Reader(Type type, Func<object, object?>? read, Reader? next)
    {
        public readonly Type Type = type;
        public readonly Func<object, object?>? Read = read;
        public readonly Reader? Next = next;
        public readonly int Number = next is null ? 1 : next.Number + 1;
    }
}
