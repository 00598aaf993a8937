using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Guardrails;

/// <summary>Finds the guardrails of methods, and resolves them. Thread-safe.</summary>
/// <param name="settings">The tracer's settings.</param>
/// <param name="services">The services of the tracer's container. Null without one.</param>
/// <param name="log">The library's log.</param>
internal sealed class GuardrailSource(OpenlayerSettings settings, IServiceProvider? services, InternalLog log)
{
    private static readonly AsyncLocal<bool> Checking = new();

    // Guardrails that are not registered.
    private readonly ConcurrentDictionary<Type, Lazy<IGuardrail>> _created = new();

    public InternalLog Log => log;

    public TimeProvider TimeProvider => settings.TimeProvider;

    /// <summary>Whether any method may have guardrails without an attribute.</summary>
    public bool HasRegistrations => settings.Guardrails.Length > 0;

    /// <summary>Whether the calling code is a check. Its calls are not guarded: a check that is itself checked would never end.</summary>
    public static bool IsChecking
    {
        get => Checking.Value;
        set => Checking.Value = value;
    }

    /// <summary>Whether a type, or an interface or method of it, has a guardrail, or a registration may select its methods.</summary>
    public bool MayGuard(Type type) =>
        HasRegistrations
        || IsMarked(type)
        || Array.Exists(type.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic), IsMarked)
        || Array.Exists(type.GetInterfaces(), static implemented => IsMarked(implemented) || Array.Exists(implemented.GetMethods(), IsMarked));

    /// <summary>Returns the guardrails of a method, in their order.</summary>
    /// <param name="method">The method that is called.</param>
    /// <param name="targetType">The class of the target.</param>
    /// <param name="implementation">The method of the class.</param>
    public MethodGuardrail[] Find(MethodInfo method, Type targetType, MethodInfo implementation)
    {
        if (typeof(IGuardrail).IsAssignableFrom(targetType))
        {
            return [];
        }

        // A class calls a protected method on itself. It is guarded only if the method itself has the attribute.
        var isProtected = method.IsFamily || method.IsFamilyAndAssembly;
        MemberInfo[] members = isProtected ? [method, implementation] : [method.DeclaringType!, targetType, method, implementation];
        var found = new List<MethodGuardrail>();
        if (!isProtected)
        {
            foreach (var registration in settings.Guardrails)
            {
                Select(found, registration, method);
            }
        }

        foreach (var attribute in members.Distinct().SelectMany(static member => member.GetCustomAttributes<GuardrailAttribute>(inherit: true)))
        {
            Add(found, MethodGuardrail.Of(attribute));
        }

        return [.. found.OrderBy(static guardrail => guardrail.Order)];
    }

    /// <summary>Begins to resolve guardrails for a check.</summary>
    /// <param name="caller">
    /// The services of the caller's scope. Null if the container does not tell it. A service that comes from the container itself has no scope:
    /// the container's own services cannot resolve scoped ones.
    /// </param>
    public GuardrailScope BeginScope(IServiceProvider? caller) => new(this, services, ReferenceEquals(caller, services) ? null : caller);

    /// <summary>Returns the only instance of a guardrail that is not registered. Null if it has not been created.</summary>
    public IGuardrail? FindCreated(Type type) => _created.TryGetValue(type, out var created) ? created.Value : null;

    /// <summary>Returns the only instance of a guardrail that is not registered.</summary>
    public IGuardrail GetOrCreate(Type type) => _created.GetOrAdd(type, static (created, root) => new(() => Create(created, root)), services).Value;

    private static bool IsMarked(MemberInfo member) => member.IsDefined(typeof(GuardrailAttribute), inherit: true);

    private static void Add(List<MethodGuardrail> found, MethodGuardrail guardrail)
    {
        var index = found.FindIndex(known => known.Type == guardrail.Type && (known.Instance is null || guardrail.Instance is null || ReferenceEquals(known.Instance, guardrail.Instance)));
        if (index < 0)
        {
            found.Add(guardrail);
        }
        else
        {
            found[index] = found[index].MergedWith(guardrail);
        }
    }

    private static IGuardrail Create(Type type, IServiceProvider? services)
    {
        if (type.IsAbstract)
        {
            throw new InvalidOperationException($"The guardrail {type} is not registered in the container. Register it, or name a class that implements it.");
        }

        return (IGuardrail)(services is null ? Activator.CreateInstance(type)! : ActivatorUtilities.CreateInstance(services, type));
    }

    private void Select(List<MethodGuardrail> found, GuardrailRegistration registration, MethodInfo method)
    {
        try
        {
            if (registration.AppliesTo(method))
            {
                Add(found, MethodGuardrail.Of(registration));
            }
        }
        catch (Exception exception)
        {
            // It may apply. A required guardrail then blocks, and another one is logged.
            log.Report(GuardrailEvents.GuardrailFailed, exception, registration.Type);
            Add(found, new MethodGuardrail(registration.Type, registration.Instance, registration.Required, registration.TimeBudget, registration.Order, "its predicate threw an exception"));
        }
    }
}
