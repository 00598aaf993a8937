using System.Globalization;
using System.Runtime.CompilerServices;

namespace Openlayer.Interception.Tests;

/// <summary>
/// The culture of the whole run: Turkish with unusual separators. It sets them itself, so that they differ
/// from the invariant ones without ICU too; only casing ("i" becomes "İ") needs ICU.
/// </summary>
internal static class TestCulture
{
#pragma warning disable CA2255 // The test assembly is an application; no test may run before this.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Set()
    {
        var culture = new CultureInfo("tr-TR");
        culture.NumberFormat.NumberDecimalSeparator = ",";
        culture.NumberFormat.NumberGroupSeparator = ".";
        culture.NumberFormat.NegativeSign = "\u2212";
        culture.DateTimeFormat.DateSeparator = ".";
        culture.DateTimeFormat.TimeSeparator = ".";
        CultureInfo.DefaultThreadCurrentCulture = culture;
        CultureInfo.CurrentCulture = culture;
    }
}
