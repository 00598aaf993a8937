using System.Collections.Frozen;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Capture;

/// <summary>Immutable values that are one JSON string, number or literal. A snapshot keeps them unchanged.</summary>
internal static class ImmutableScalar
{
    // 617 digits: enough for an RSA modulus. Larger numbers take too long to print.
    private const int MaxBigIntegerBytes = 256;
    private const int MaxFixedLength = 64;

    // Scalars without a type code of their own.
    private static readonly FrozenSet<Type> Others = new[]
    {
        typeof(Guid), typeof(DateTimeOffset), typeof(TimeSpan), typeof(DateOnly), typeof(TimeOnly), typeof(Half), typeof(Int128),
        typeof(UInt128), typeof(BigInteger), typeof(nint), typeof(nuint), typeof(Rune), typeof(Uri), typeof(Version),
    }.ToFrozenSet();

    private static readonly TypeCache<bool> Types = new(static type =>
        Type.GetTypeCode(type) is not (TypeCode.Object or TypeCode.String or TypeCode.DBNull or TypeCode.Empty) || Others.Contains(type));

    public static bool IsType(Type type) => Types.Get(type);

    /// <summary>Whether all values of the type are scalars, or null.</summary>
    public static bool IsTypeOrNullable(Type type) => IsType(Nullable.GetUnderlyingType(type) ?? type);

    public static bool Is(object value) =>
        IsType(value.GetType()) && (value is not BigInteger number || number.GetByteCount() <= MaxBigIntegerBytes);

    /// <summary>The scalar as a property name.</summary>
    public static string Name(object value) => value switch
    {
        Uri address => Address(address),
        DateTime or DateTimeOffset or DateOnly or TimeOnly => ((IFormattable)value).ToString("O", CultureInfo.InvariantCulture),
        Enum constant => EnumText(constant),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    /// <summary>The maximum number of bytes of its JSON.</summary>
    public static int MaxLength(object value) => value switch
    {
        // Escaping turns a character outside ASCII into up to nine.
        Uri address => (address.OriginalString.Length * 9) + MaxFixedLength,
        Enum constant => (constant.ToString().Length * JsonText.MaxBytesPerCharacter) + 2,
        BigInteger => MaxBigIntegerBytes * 3,
        _ => MaxFixedLength,
    };

    /// <summary>The address without user name and password.</summary>
    public static string Address(Uri address) => address.IsAbsoluteUri && address.UserInfo.Length > 0
        ? address.GetComponents(UriComponents.AbsoluteUri & ~UriComponents.UserInfo, UriFormat.UriEscaped)
        : address.OriginalString;

    /// <summary>Writes a scalar. Returns false and writes nothing if the value is not a scalar.</summary>
    public static bool TryWrite(Utf8JsonWriter writer, object value)
    {
        switch (value)
        {
            case int number:
                writer.WriteNumberValue(number);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case bool truth:
                writer.WriteBooleanValue(truth);
                break;
            case double number when double.IsFinite(number):
                writer.WriteNumberValue(number);
                break;
            case float number when float.IsFinite(number):
                writer.WriteNumberValue(number);
                break;
            case double or float:
                writer.WriteStringValue(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture));
                break;
            case Half number when !Half.IsFinite(number):
                writer.WriteStringValue(number.ToString(CultureInfo.InvariantCulture));
                break;
            case decimal number:
                writer.WriteNumberValue(number);
                break;
            case uint number:
                writer.WriteNumberValue(number);
                break;
            case ulong number:
                writer.WriteNumberValue(number);
                break;
            case byte or sbyte or short or ushort:
                writer.WriteNumberValue(((IConvertible)value).ToInt32(CultureInfo.InvariantCulture));
                break;
            case nint or nuint or Half or Int128 or UInt128 or BigInteger:
                writer.WriteRawValue(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture), skipInputValidation: true);
                break;
            case char character:
                writer.WriteStringValue(new ReadOnlySpan<char>(in character));
                break;
            case Enum constant:
                WriteEnum(writer, EnumText(constant));
                break;
            case Guid guid:
                writer.WriteStringValue(guid);
                break;
            case DateTime time:
                writer.WriteStringValue(time);
                break;
            case DateTimeOffset time:
                writer.WriteStringValue(time);
                break;
            case TimeSpan span:
                writer.WriteStringValue(span.ToString("c", CultureInfo.InvariantCulture));
                break;
            case DateOnly date:
                writer.WriteStringValue(date.ToString("O", CultureInfo.InvariantCulture));
                break;
            case TimeOnly time:
                writer.WriteStringValue(time.ToTimeSpan().ToString("c", CultureInfo.InvariantCulture));
                break;
            case Uri address:
                writer.WriteStringValue(Address(address));
                break;
            case Rune or Version:
                writer.WriteStringValue(value.ToString());
                break;
            default:
                return false;
        }

        return true;
    }

    // An enum value without a name is formatted as its number, whose sign depends on the current culture.
    private static string EnumText(Enum constant)
    {
        var text = constant.ToString();
        return char.IsLetter(text[0]) || text[0] == '_'
            ? text
            : Convert.ToString(Convert.ChangeType(constant, constant.GetTypeCode(), CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)!;
    }

    private static void WriteEnum(Utf8JsonWriter writer, string text)
    {
        if (text[0] is '-' or (>= '0' and <= '9'))
        {
            writer.WriteRawValue(text, skipInputValidation: true);
        }
        else
        {
            writer.WriteStringValue(text);
        }
    }
}
