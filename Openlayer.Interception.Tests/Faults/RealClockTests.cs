using System.Text.RegularExpressions;

namespace Openlayer.Interception.Tests.Faults;

public sealed partial class RealClockTests
{
    /// <summary>Waiting for an event without a limit, or polling for a condition, does not depend on the speed of the clock.</summary>
    [Fact]
    public void Only_tests_with_the_trait_use_the_real_clock() => Assert.Empty(
        from path in Directory.EnumerateFiles(Path.Combine(Repository.Folder, "Openlayer.Interception.Tests"), "*Tests.cs", SearchOption.AllDirectories)
        let code = File.ReadAllText(path)
        where RealTime().IsMatch(code) && !Marker().IsMatch(code)
        select Path.GetFileName(path));

    [GeneratedRegex(@"\bTask\.Delay\((?!PollInterval|Timeout\.Infinite)|\bThread\.Sleep\(|\bStopwatch\.|\bTimeProvider\.System\b")]
    private static partial Regex RealTime();

    [GeneratedRegex(@"\[Collection\(typeof\(RealClock\)\)\]|\[Trait\(""Clock"", ""Real""\)\]")]
    private static partial Regex Marker();
}
