using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace Openlayer.Interception.Options;

/// <summary>Checks each option against the <see cref="RangeAttribute"/> and <see cref="MustAttribute"/> beside it.</summary>
internal static class OptionsValidator
{
    private static readonly (TimeSpan Length, string Name)[] Units =
    [
        (TimeSpan.FromDays(1), "day"),
        (TimeSpan.FromHours(1), "hour"),
        (TimeSpan.FromMinutes(1), "minute"),
        (TimeSpan.FromSeconds(1), "second"),
        (TimeSpan.FromMilliseconds(1), "millisecond"),
        (TimeSpan.FromMicroseconds(1), "microsecond"),
    ];

    /// <exception cref="ArgumentException">An option is not valid; the message names the option and its range.</exception>
    public static void Validate(OpenlayerOptions options) => Validate(options, "");

    private static void Validate(object options, string prefix)
    {
        foreach (var option in options.GetType().GetProperties())
        {
            var name = prefix + option.Name;
            var value = option.GetValue(options);
            if (option.GetCustomAttribute<RangeAttribute>() is { } range && !range.IsValid(value))
            {
                throw Invalid(name, $"{Describe(range)}, but is {Describe(value)}");
            }

            if (option.GetCustomAttribute<MustAttribute>() is { } must && !IsMet(must, options))
            {
                throw Invalid(name, must.Rule);
            }

            if (value is CaptureOptions or AttachmentOptions or OfflineBufferOptions or ActivityOptions)
            {
                Validate(value, $"{name}.");
            }
        }
    }

    private static bool IsMet(MustAttribute must, object options) =>
        (bool)options.GetType().GetProperty(must.Check, BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(options)!;

    private static ArgumentException Invalid(string option, string rule) =>
        new($"{nameof(OpenlayerOptions)}.{option} must {rule}.", option);

    private static string Describe(RangeAttribute range)
    {
        var minimum = Describe(range.Minimum);
        return range.Maximum is int.MaxValue or long.MaxValue
            ? $"be at least {minimum}"
            : $"be from {minimum} to {Describe(range.Maximum)}";
    }

    private static string Describe(object? value) => value switch
    {
        TimeSpan duration => Describe(duration),
        double number => number.ToString(CultureInfo.InvariantCulture),
        IFormattable number => number.ToString("N0", CultureInfo.InvariantCulture),
        _ => "null",
    };

    // In the largest unit that divides it.
    private static string Describe(TimeSpan duration)
    {
        foreach (var (length, name) in Units)
        {
            if (duration != TimeSpan.Zero && duration.Ticks % length.Ticks == 0)
            {
                var count = duration.Ticks / length.Ticks;
                return string.Create(CultureInfo.InvariantCulture, $"{count:N0} {name}{(count is 1 or -1 ? "" : "s")}");
            }
        }

        return duration == TimeSpan.Zero ? "zero" : duration.ToString("c", CultureInfo.InvariantCulture);
    }
}
