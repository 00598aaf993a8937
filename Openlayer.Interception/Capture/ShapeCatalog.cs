using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Openlayer.Interception.Options;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Capture;

/// <summary>
/// The shape of each type, found out once. Keeps no type alive. First what must never be read, then what the user has a converter for,
/// then what has a form of its own, then collections, then objects. Thread-safe.
/// </summary>
internal sealed class ShapeCatalog
{
    private static readonly DefaultJsonTypeInfoResolver DefaultResolver = new();

    private readonly TypeCache<ValueShape> _shapes;
    private readonly CaptureSettings _limits;
    private readonly JsonSerializerOptions _options;
    private readonly ObjectContract _contract;

    public ShapeCatalog(CaptureSettings limits, RedactedNames names)
    {
        _limits = limits;

        // A copy, so that the user's own can still be changed.
        _options = limits.JsonSerializerOptions is { } options ? new JsonSerializerOptions(options) : new JsonSerializerOptions();
        _options.TypeInfoResolver ??= DefaultResolver;
        _options.MakeReadOnly();
        _contract = new ObjectContract(_options, names, ConverterOf);
        _shapes = new TypeCache<ValueShape>(CreateSafely);
        Names = names;
    }

    public RedactedNames Names { get; }

    /// <summary>How many items of one collection are written.</summary>
    public int MaxItems => _limits.MaxItems;

    /// <summary>Whether the value has to be looked up by its type: everything but strings and scalars that nobody converts.</summary>
    public bool NeedsShape(object value) =>
        _options.Converters.Count > 0 || value is Enum || (value is not string && !ImmutableScalar.IsType(value.GetType()));

    public ValueShape ShapeOf(Type type) => _shapes.Get(type);

    /// <summary>
    /// What is written the same as the value is now, however late: the value, or a copy. Null where only its JSON would do, and where its
    /// type has not been met before.
    /// </summary>
    /// <param name="value">The value.</param>
    /// <param name="bytes">About how many bytes of memory the result holds.</param>
    public object? Freeze(object value, out long bytes)
    {
        bytes = 0;
        return _shapes.TryGet(value.GetType(), out var shape) ? shape!.Freeze(value, this, ref bytes) : null;
    }

    /// <summary>Whether a value is written the same however late.</summary>
    /// <param name="value">The value.</param>
    /// <param name="depth">How many objects it is inside of.</param>
    /// <param name="bytes">Increased by about how many bytes of memory the value holds.</param>
    public bool IsImmutable(object? value, int depth, ref long bytes)
    {
        switch (value)
        {
            case null:
                return true;
            case string text:
                // What is cut is not kept whole.
                bytes += CapturedSize.OfText(text);
                return text.Length <= _limits.MaxStringLength && _options.Converters.Count == 0;
            case var _ when depth > _limits.MaxDepth || !NeedsShape(value):
                return true;
            default:
                return _shapes.TryGet(value.GetType(), out var shape) && shape!.IsImmutable(value, this, depth, ref bytes);
        }
    }

    private ValueShape CreateSafely(Type type)
    {
        try
        {
            return Create(type);
        }
        catch (Exception)
        {
            // Code of the user as well: resolvers, converters' factories, naming policies.
            return new MarkShape(Placeholders.Unread(type));
        }
    }

    private ValueShape Create(Type type)
    {
        if (UnreadTypes.MarkOf(type) is { } mark)
        {
            return new MarkShape(mark);
        }

        var contract = ContractOf(type);
        return ConverterOf(type, contract)
            ?? KnownShapes.Find(type, ConverterOf)
            ?? (contract switch
            {
                null => _contract.Read(type),
                { Kind: JsonTypeInfoKind.Object } => _contract.Read(contract),
                // A type that System.Text.Json itself has a converter for, which is none of those above.
                { Kind: JsonTypeInfoKind.None } => ConvertedShape.Create(type, contract.Converter, _options),
                _ => new MarkShape(Placeholders.Unread(type)),
            });
    }

    private ConvertedShape? ConverterOf(Type type) => UnreadTypes.MarkOf(type) is null ? ConverterOf(type, ContractOf(type)) : null;

    private ConvertedShape? ConverterOf(Type type, JsonTypeInfo? contract) =>
        contract is { Kind: JsonTypeInfoKind.None }
        && (contract.Converter.GetType().Assembly != typeof(JsonConverter).Assembly
            || type.IsDefined(typeof(JsonConverterAttribute), inherit: false)
            || _options.Converters.Any(converter => converter.CanConvert(type)))
        && type != typeof(System.Text.Json.Nodes.JsonNode)
            ? ConvertedShape.Create(type, contract.Converter, _options)
            : null;

    private JsonTypeInfo? ContractOf(Type type)
    {
        try
        {
            return _options.TypeInfoResolver!.GetTypeInfo(type, _options) ?? DefaultResolver.GetTypeInfo(type, _options);
        }
        catch (Exception exception) when (exception is InvalidOperationException or NotSupportedException or ArgumentException)
        {
            return null;
        }
    }
}
