using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Openlayer.Interception.Capture.Attachments;
using Openlayer.Interception.Capture.Media;
using Openlayer.Interception.Capture.Redaction;
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
    private readonly bool _isPlain;

    public SnapshotConverterCache(CaptureSettings limits, RedactedNames names, TextRedactor redactor, AttachmentStore attachments)
    {
        _limits = limits;

        // A copy, because the application may still change its own.
        _options = limits.JsonSerializerOptions is { } options ? new JsonSerializerOptions(options) : new JsonSerializerOptions();
        _options.TypeInfoResolver ??= DefaultResolver;
        _options.MakeReadOnly();
        _isPlain = ReferenceEquals(_options.TypeInfoResolver, DefaultResolver);
        _contract = new ObjectContract(_options, names, ConverterOf);
        _converters = new TypeCache<SnapshotConverter>(CreateSafely);
        Names = names;
        Redactor = redactor;
        Attachments = attachments;
    }

    public RedactedNames Names { get; }

    public TextRedactor Redactor { get; }

    public AttachmentStore Attachments { get; }

    /// <summary>The maximum number of items of one collection.</summary>
    public int MaxItems => _limits.MaxItems;

    /// <summary>The maximum number of objects within each other.</summary>
    public int MaxDepth => _limits.MaxDepth;

    /// <summary>Whether a value needs a converter: all but strings and scalars, unless the application has converters.</summary>
    public bool NeedsConverter(object value) =>
        _options.Converters.Count > 0 || value is Enum || (value is not string && !ImmutableScalar.IsType(value.GetType()));

    public SnapshotConverter Get(Type type) => _converters.Get(type);

    /// <summary>Gets the converter of a type without creating it.</summary>
    public bool TryGet(Type type, [NotNullWhen(true)] out SnapshotConverter? converter) => _converters.TryGet(type, out converter);

    /// <summary>
    /// An object whose JSON will always be what the JSON of the value is now: the value itself or a copy. Null if there is no such object,
    /// or if the type has not been captured before.
    /// </summary>
    /// <param name="value">The value.</param>
    /// <param name="bytes">The estimated memory of the result, in bytes.</param>
    public object? Freeze(object value, out long bytes)
    {
        bytes = 0;
        if (!_converters.TryGet(value.GetType(), out var converter))
        {
            return null;
        }

        var size = default(FrozenSize);
        if (converter!.Freeze(value, this, ref size) is { } frozen)
        {
            bytes = size.Bytes;
            return frozen;
        }

        return ObjectCopies.Of(value, this, out bytes);
    }

    /// <summary>Whether the JSON of a value cannot change.</summary>
    /// <param name="value">The value.</param>
    /// <param name="depth">The number of objects that contain the value.</param>
    /// <param name="size">Increased by the size of the value.</param>
    public bool IsImmutable(object? value, int depth, ref FrozenSize size)
    {
        switch (value)
        {
            case null:
                return true;
            case string text:
                // A text that is cut is not kept whole.
                size.Bytes += CapturedSize.OfText(text);
                return text.Length <= _limits.MaxStringLength && _options.Converters.Count == 0;
            case var _ when depth > _limits.MaxDepth || !NeedsConverter(value):
                return true;
            default:
                return ++size.Objects <= FrozenSize.MaxObjects
                    && RuntimeHelpers.TryEnsureSufficientExecutionStack()
                    && _converters.TryGet(value.GetType(), out var converter)
                    && converter!.IsImmutable(value, this, depth, ref size);
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

        if (SecretTypes.Contains(type))
        {
            return new PlaceholderConverter(ValueCapture.Redacted);
        }

        return ConfigurationConverter.Find(type) ?? MediaConverter.Find(type) ?? ConverterOf(type) ?? KnownConverters.Find(type, ConverterOf) ?? FromContract(type);
    }

    private SnapshotConverter FromContract(Type type)
    {
        // A generated class that loads the properties of an entity as they are read.
        var isLazyLoading = UnreadTypes.IsLazyLoadingProxy(type);
        var contract = ContractOf(isLazyLoading ? type.BaseType! : type);
        return contract switch
        {
            null => OrPlaceholder(type, _contract.Read(type)),
            { Kind: JsonTypeInfoKind.Object } => OrPlaceholder(type, _contract.Read(contract, isLazyLoading)),
            // System.Text.Json has a converter of its own for the type.
            { Kind: JsonTypeInfoKind.None } => CustomConverter.Create(type, contract.Converter, _options),
            _ => new PlaceholderConverter(Placeholders.Unread(type)),
        };
    }

    // An object of the framework without anything to read.
    private static SnapshotConverter OrPlaceholder(Type type, ObjectConverter converter) =>
        converter.IsEmpty && type != typeof(object) && (type.IsOfFramework() || type.IsOfHosting())
            ? new PlaceholderConverter(Placeholders.Unread(type))
            : converter;

    private CustomConverter? ConverterOf(Type type) =>
        MayHaveConverter(type) && UnreadTypes.PlaceholderFor(type) is null && MediaConverter.Find(type) is null ? ConverterOf(type, ContractOf(type)) : null;

    // A contract takes milliseconds.
    private bool MayHaveConverter(Type type) =>
        !_isPlain || _options.Converters.Count > 0 || type.IsDefined(typeof(JsonConverterAttribute), inherit: false);

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
