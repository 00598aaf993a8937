using System.Text.Json;
using Openlayer.Interception.Capture.Redaction;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>One property of an <see cref="ObjectConverter"/>.</summary>
/// <param name="Name">The name in JSON.</param>
/// <param name="Get">Reads the property. Runs code of the application.</param>
internal sealed record ObjectProperty(JsonEncodedText Name, Func<object, object?> Get)
{
    /// <summary>The placeholder of a property that is never read. Null if it is read.</summary>
    public string? Placeholder { get; init; }

    /// <summary>Decides whether the property is written, given the object and the value. Null: always.</summary>
    public Func<object, object?, bool>? IsIncluded { get; init; }

    /// <summary>The application's converter for the property or its declared type, or null.</summary>
    public CustomConverter? Converter { get; init; }

    /// <summary>Reads the name of the value from the property beside it. Null if there is none.</summary>
    public Func<object, object?>? NamedBy { get; init; }

    /// <summary>The redacted elements of the tuples in its declared type. Null if there are none.</summary>
    public TupleNames? Tuples { get; init; }

    /// <summary>Whether its entries are written as properties of the object itself.</summary>
    public bool IsExtensionData { get; init; }

    /// <summary>Whether the property never changes after construction, and reading it runs no code of the application.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Whether its values are immutable scalars.</summary>
    public bool IsScalar { get; init; }

    /// <summary>Whether reading it runs code, which may be slow, and not only returns a field.</summary>
    public bool RunsCode { get; init; } = true;

    /// <summary>Whether it can be read now and written later.</summary>
    public bool IsCopyable { get; init; }
}
