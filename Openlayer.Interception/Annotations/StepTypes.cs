namespace Openlayer.Interception.Annotations;

/// <summary>Checks step types where they enter the library.</summary>
internal static class StepTypes
{
    /// <summary>Returns the type if it is one of <see cref="StepType"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static StepType Defined(StepType type, string name) =>
        Enum.IsDefined(type)
            ? type
            : throw new ArgumentOutOfRangeException(name, type, "The step type is not a value of StepType. Use one of its names, such as StepType.Tool.");
}
