namespace Openlayer.Interception.Benchmarks;

/// <summary>A performance target and the figure of a run.</summary>
/// <param name="What">What is measured.</param>
/// <param name="Limit">The target.</param>
/// <param name="Measured">The figure. NaN if it was not measured.</param>
/// <param name="IsFloor">Whether the figure must be at least the target, and not at most.</param>
internal sealed record Target(string What, double Limit, double Measured, bool IsFloor)
{
    public static Target AtMost(string what, double limit, double measured) => new(what, limit, measured, IsFloor: false);

    public static Target AtLeast(string what, double limit, double measured) => new(what, limit, measured, IsFloor: true);
}
