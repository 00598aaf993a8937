using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Openlayer.Interception.Options;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>
/// The converter of each type, created once. Unread types come first, then types with one of the application's converters, then types with
/// a converter of their own, then collections, then objects. Thread-safe.
/// </summary>
internal sealed class SnapshotConverterCache
{
    private static readonly DefaultJsonTypeInfoResolver DefaultResolver = new();

    private readonly TypeCache<SnapshotConverter> _converters;
    private readonly CaptureSettings _limits;
    private readonly JsonSerializerOptions _options;
    private readonly ObjectContract _contract;

    public SnapshotConverterCache(CaptureSettings limits, RedactedNames names)
    {
        _limits = limits;

        // A copy, because the application may still change its own.
        _options = limits.JsonSerializerOptions is { } options ? new JsonSerializerOptions(options) : new JsonSerializerOptions();
        _options.TypeInfoResolver ??= DefaultResolver;
        _options.MakeReadOnly();
        _contract = new ObjectContract(_options, names, ConverterOf);
        _converters = new TypeCache<SnapshotConverter>(CreateSafely);
        Names = names;
    }

    public RedactedNames Names { get; }

    /// <summary>The maximum number of items of one collection.</summary>
    public int MaxItems => _limits.MaxItems;

    /// <summary>Whether a value needs a converter: all but strings and scalars, unless the application has converters.</summary>
    public bool NeedsConverter(object value) =>
        _options.Converters.Count > 0 || value is Enum || (value is not string && !ImmutableScalar.IsType(value.GetType()));

    public SnapshotConverter Get(Type type) => _converters.Get(type);

    /// <summary>
    /// An object whose JSON will always be what the JSON of the value is now: the value itself or a copy. Null if there is no such object,
    /// or if the type has not been captured before.
    /// </summary>
    /// <param name="value">The value.</param>
    /// <param name="bytes">The estimated memory of the result, in bytes.</param>
    public object? Freeze(object value, out long bytes)
    {
        bytes = 0;
        return _converters.TryGet(value.GetType(), out var shape) ? shape!.Freeze(value, this, ref bytes) : null;
    }

    /// <summary>Whether the JSON of a value cannot change.</summary>
    /// <param name="value">The value.</param>
    /// <param name="depth">The number of objects that contain the value.</param>
    /// <param name="bytes">Increased by the estimated memory of the value, in bytes.</param>
    public bool IsImmutable(object? value, int depth, ref long bytes)
    {
        switch (value)
        {
            case null:
                return true;
            case string text:
                // A text that is cut is not kept whole.
                bytes += CapturedSize.OfText(text);
                return text.Length <= _limits.MaxStringLength && _options.Converters.Count == 0;
            case var _ when depth > _limits.MaxDepth || !NeedsConverter(value):
                return true;
            default:
                return _converters.TryGet(value.GetType(), out var shape) && shape!.IsImmutable(value, this, depth, ref bytes);
        }
    }

    private SnapshotConverter CreateSafely(Type type)
    {
        try
        {
            return Create(type);
        }
        catch (Exception)
        {
            // Resolvers, converter factories and naming policies are code of the application.
            return new PlaceholderConverter(Placeholders.Unread(type));
        }
    }

    private SnapshotConverter Create(Type type)
    {
        if (UnreadTypes.PlaceholderFor(type) is { } placeholder)
        {
            return new PlaceholderConverter(placeholder);
        }

        var contract = ContractOf(type);
        return ConverterOf(type, contract)
            ?? KnownConverters.Find(type, ConverterOf)
            ?? (contract switch
            {
                null => _contract.Read(type),
                { Kind: JsonTypeInfoKind.Object } => _contract.Read(contract),
                // System.Text.Json has a converter of its own for the type.
                { Kind: JsonTypeInfoKind.None } => CustomConverter.Create(type, contract.Converter, _options),
                _ => new PlaceholderConverter(Placeholders.Unread(type)),
            });
    }

    private CustomConverter? ConverterOf(Type type) => UnreadTypes.PlaceholderFor(type) is null ? ConverterOf(type, ContractOf(type)) : null;

    private CustomConverter? ConverterOf(Type type, JsonTypeInfo? contract) =>
        contract is { Kind: JsonTypeInfoKind.None }
        && (contract.Converter.GetType().Assembly != typeof(JsonConverter).Assembly
            || type.IsDefined(typeof(JsonConverterAttribute), inherit: false)
            || _options.Converters.Any(converter => converter.CanConvert(type)))
        && type != typeof(System.Text.Json.Nodes.JsonNode)
            ? CustomConverter.Create(type, contract.Converter, _options)
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
