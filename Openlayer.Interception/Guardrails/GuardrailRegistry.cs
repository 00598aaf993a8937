using System.Reflection;

namespace Openlayer.Interception;

/// <summary>
/// The guardrails that predicates select methods for, besides those of <see cref="GuardrailAttribute"/>. Add to it only while the container is
/// being set up. Not thread-safe.
/// </summary>
public sealed class GuardrailRegistry
{
    private readonly List<GuardrailRegistration> _registrations = [];

    internal GuardrailRegistry()
    {
    }

    internal IReadOnlyList<GuardrailRegistration> Registrations => _registrations;

    /// <summary>
    /// Adds a guardrail that the container resolves for each call, from the caller's scope where the container tells it. One that is not
    /// registered is created once, with services of the container as arguments of its constructor; without a container it needs a constructor
    /// without parameters.
    /// </summary>
    /// <typeparam name="TGuardrail">The guardrail's class, or the service that it is registered as.</typeparam>
    /// <param name="appliesTo">
    /// Selects intercepted methods, as they are called: those of the interface. Called once for each method and class of the target.
    /// </param>
    /// <returns>The registration, to set its options.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="appliesTo"/> is null.</exception>
    public GuardrailRegistration Add<TGuardrail>(Func<MethodInfo, bool> appliesTo)
        where TGuardrail : class, IGuardrail => Add(typeof(TGuardrail), instance: null, appliesTo);

    /// <summary>Adds a guardrail.</summary>
    /// <param name="guardrail">The guardrail. It is not disposed with the tracer.</param>
    /// <param name="appliesTo">
    /// Selects intercepted methods, as they are called: those of the interface. Called once for each method and class of the target.
    /// </param>
    /// <returns>The registration, to set its options.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public GuardrailRegistration Add(IGuardrail guardrail, Func<MethodInfo, bool> appliesTo)
    {
        ArgumentNullException.ThrowIfNull(guardrail);
        return Add(guardrail.GetType(), guardrail, appliesTo);
    }

    private GuardrailRegistration Add(Type type, IGuardrail? instance, Func<MethodInfo, bool> appliesTo)
    {
        ArgumentNullException.ThrowIfNull(appliesTo);
        var registration = new GuardrailRegistration(type, instance, appliesTo);
        _registrations.Add(registration);
        return registration;
    }
}
