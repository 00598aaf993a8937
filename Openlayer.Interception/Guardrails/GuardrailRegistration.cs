using System.Reflection;

namespace Openlayer.Interception;

/// <summary>A guardrail of the methods that a predicate selects, and how its failures are handled.</summary>
public sealed class GuardrailRegistration
{
    private TimeSpan? _timeBudget;

    internal GuardrailRegistration(Type type, IGuardrail? instance, Func<MethodInfo, bool> appliesTo)
    {
        Type = type;
        Instance = instance;
        AppliesTo = appliesTo;
    }

    /// <summary>
    /// Whether a call is blocked, with a <see cref="GuardrailBlockedException"/>, if the guardrail throws, cannot be created or exceeds its
    /// time budget. Default: false, which logs the failure and lets the call go on.
    /// </summary>
    public bool Required { get; set; }

    /// <summary>
    /// How long one check may take, from 1 millisecond to 1 day. A check that takes longer has failed; its token is cancelled, and its
    /// decision is ignored. A check that completes synchronously is not interrupted. Default: null, which means no limit.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public TimeSpan? TimeBudget
    {
        get => _timeBudget;
        set
        {
            if (value is { } budget && (budget < TimeSpan.FromMilliseconds(1) || budget > TimeSpan.FromDays(1)))
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "GuardrailRegistration.TimeBudget must be from 1 millisecond to 1 day, or null for no limit.");
            }

            _timeBudget = value;
        }
    }

    /// <summary>
    /// The position among the guardrails of a method: lower ones check first. Of the same order, registrations check before attributes.
    /// Default: 0.
    /// </summary>
    public int Order { get; set; }

    /// <summary>The guardrail's class.</summary>
    internal Type Type { get; }

    /// <summary>The guardrail. Null if the container resolves it.</summary>
    internal IGuardrail? Instance { get; }

    internal Func<MethodInfo, bool> AppliesTo { get; }

    internal GuardrailRegistration Copy() => (GuardrailRegistration)MemberwiseClone();
}
