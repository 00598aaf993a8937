using System.Globalization;
using System.Numerics;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Capture.Redaction;

namespace Openlayer.Interception.Tests.Capture;

public sealed class CaptureCultureTests
{
    [Fact]
    public void A_snapshot_does_not_depend_on_the_current_culture()
    {
        var value = new
        {
            Decimal = -0.5m,
            Double = -1234.5,
            Half = (Half)0.5,
            Big = new BigInteger(-12345),
            Wide = (Int128)(-5),
            Date = new DateOnly(2024, 5, 6),
            Time = new DateTime(2024, 5, 6, 7, 8, 9, DateTimeKind.Utc),
            Offset = new DateTimeOffset(2024, 5, 6, 7, 8, 9, TimeSpan.FromHours(2)),
            Span = TimeSpan.FromSeconds(1.5),
            NotANumber = double.NaN,
            Infinity = float.NegativeInfinity,
            Day = (DayOfWeek)(-3),
            Keys = new Dictionary<object, int> { [0.5m] = 1, [-2.5] = 2, [new DateOnly(2024, 5, 6)] = 3, [-4] = 4 },
            Cut = new string('x', 200_000),
        };
        var invariant = Run(CultureInfo.InvariantCulture);

        Assert.All(Cultures(), culture => Assert.Equal(invariant, Run(culture)));

        string Run(CultureInfo culture)
        {
            var previous = CultureInfo.CurrentCulture;
            CultureInfo.CurrentCulture = culture;
            try
            {
                return new ValueCapture(new(new()), suppressor: null).Capture(value)!.ToString()!;
            }
            finally
            {
                CultureInfo.CurrentCulture = previous;
            }
        }
    }

    [Theory]
    [InlineData("apiKey")]
    [InlineData("APIKEY")]
    [InlineData("ConnectionString")]
    public void A_name_is_redacted_under_any_culture(string name)
    {
        foreach (var culture in Cultures())
        {
            var previous = CultureInfo.CurrentCulture;
            CultureInfo.CurrentCulture = culture;
            try
            {
                Assert.True(new RedactedNames(new CaptureOptions().RedactedNames).Contains(name));
            }
            finally
            {
                CultureInfo.CurrentCulture = previous;
            }
        }
    }

    /// <summary>Cultures that write numbers, signs and dates differently, whether or not the machine has culture data.</summary>
    private static IEnumerable<CultureInfo> Cultures()
    {
        var german = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        german.NumberFormat.NumberDecimalSeparator = ",";
        german.NumberFormat.NumberGroupSeparator = ".";
        german.DateTimeFormat.ShortDatePattern = "dd.MM.yyyy";
        german.DateTimeFormat.TimeSeparator = ".";
        var other = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        other.NumberFormat.NegativeSign = "\u2212";
        other.NumberFormat.NumberDecimalSeparator = "\u066b";
        other.NumberFormat.NaNSymbol = "not a number";
        other.NumberFormat.NegativeInfinitySymbol = "-\u221e";
        return [german, other];
    }
}
