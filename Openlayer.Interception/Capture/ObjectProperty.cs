using System.Text.Json;

namespace Openlayer.Interception.Capture;

/// <summary>One property of an <see cref="ObjectShape"/>.</summary>
/// <param name="Name">Its name in JSON.</param>
/// <param name="Get">Reads it; code of the user.</param>
internal sealed record ObjectProperty(JsonEncodedText Name, Func<object, object?> Get)
{
    /// <summary>What stands for the value of a property that is never read.</summary>
    public string? Mark { get; init; }

    /// <summary>Whether it is written, given the object and the value that was read. Null for always.</summary>
    public Func<object, object?, bool>? IsIncluded { get; init; }

    /// <summary>The user's converter for the property or its declared type.</summary>
    public ConvertedShape? Converter { get; init; }

    /// <summary>Whether its entries are properties of the object itself.</summary>
    public bool IsExtensionData { get; init; }

    /// <summary>Whether it always holds what it was made with, and no code of the user is needed to read it.</summary>
    public bool IsSetOnce { get; init; }

    /// <summary>Whether it can only hold scalars, which nothing can change.</summary>
    public bool IsScalar { get; init; }
}
