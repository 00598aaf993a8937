namespace Openlayer.Interception.Guardrails;

/// <summary>A guardrail of a method, and how its failures are handled. Immutable.</summary>
internal sealed class MethodGuardrail
{
    public MethodGuardrail(Type type, IGuardrail? instance, bool required, TimeSpan? timeBudget, int order, string? fault = null)
    {
        Type = type;
        Instance = instance;
        Required = required;
        TimeBudget = timeBudget;
        Order = order;
        Fault = fault;
        ChecksInput = Implements(nameof(IGuardrail.CheckInputAsync));
        ChecksOutput = Implements(nameof(IGuardrail.CheckOutputAsync));
    }

    /// <summary>The class, or the service that it is registered as.</summary>
    public Type Type { get; }

    /// <summary>The guardrail. Null if it is resolved for each call.</summary>
    public IGuardrail? Instance { get; }

    /// <summary>Whether a failure blocks the call.</summary>
    public bool Required { get; }

    public TimeSpan? TimeBudget { get; }

    public int Order { get; }

    /// <summary>Why the guardrail can never check. Null if it can.</summary>
    public string? Fault { get; }

    /// <summary>Whether the guardrail has a check of inputs of its own. The default one is not called.</summary>
    public bool ChecksInput { get; }

    /// <summary>Whether the guardrail has a check of outputs of its own. The default one is not called, so that it does not hold back a stream.</summary>
    public bool ChecksOutput { get; }

    public static MethodGuardrail Of(GuardrailRegistration registration) =>
        new(registration.Type, registration.Instance, registration.Required, registration.TimeBudget, registration.Order);

    public static MethodGuardrail Of(GuardrailAttribute attribute)
    {
        var milliseconds = attribute.TimeBudgetMilliseconds;
        var type = attribute.GuardrailType;
        var fault = type is null ? "[Guardrail] names no type: name a class that implements IGuardrail"
            : !typeof(IGuardrail).IsAssignableFrom(type) ? $"[Guardrail] names {type}, which does not implement IGuardrail"
            : milliseconds is < 0 or > 86_400_000 ? "GuardrailAttribute.TimeBudgetMilliseconds must be from 1 to 86,400,000, or 0 for no limit"
            : null;
        return new(type ?? typeof(IGuardrail), instance: null, attribute.Required, milliseconds > 0 ? TimeSpan.FromMilliseconds(milliseconds) : null, attribute.Order, fault);
    }

    /// <summary>The same guardrail, found once more: it is required if either is, and the later budget counts.</summary>
    public MethodGuardrail MergedWith(MethodGuardrail later) =>
        new(Type, Instance ?? later.Instance, Required || later.Required, later.TimeBudget ?? TimeBudget, Math.Min(Order, later.Order), Fault ?? later.Fault);

    private bool Implements(string check)
    {
        var type = Instance?.GetType() ?? Type;
        if (type.IsInterface || Fault is not null)
        {
            return true;
        }

        var map = type.GetInterfaceMap(typeof(IGuardrail));
        var index = Array.FindIndex(map.InterfaceMethods, method => method.Name == check);
        return map.TargetMethods[index].DeclaringType != typeof(IGuardrail);
    }
}
