using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;

namespace Openlayer.Interception.Registration;

/// <summary>
/// Creates instances of a class as the container of Microsoft.Extensions.DependencyInjection does: with the constructor that has the most
/// parameters, all of which the container can resolve. (ActivatorUtilities chooses differently.) Thread-safe.
/// </summary>
/// <param name="type">The class.</param>
internal sealed class ServiceActivator(Type type)
{
    private readonly ConditionalWeakTable<IServiceProviderIsService, Activation> _activations = [];

    /// <exception cref="InvalidOperationException">No constructor fits, several fit equally, or a parameter cannot be resolved.</exception>
    public object Create(IServiceProvider services, object? key)
    {
        var known = services.GetService<IServiceProviderIsService>();
        var activation = known is null ? Choose(known, key) : _activations.GetValue(known, found => Choose(found, key));
        return activation.Run(services, key);
    }

    private Activation Choose(IServiceProviderIsService? known, object? key)
    {
        var constructors = type.GetConstructors().OrderByDescending(static constructor => constructor.GetParameters().Length).ToArray();
        switch (constructors)
        {
            case []:
                throw new InvalidOperationException($"A suitable constructor for type '{type}' could not be located. Ensure the type is concrete and services are registered for all parameters of a public constructor.");
            case [var only]:
                return new Activation(type, only);
            default:
                break;
        }

        ConstructorInfo? best = null;
        HashSet<Type> parameters = [];
        foreach (var constructor in constructors.Where(candidate => known is null || CanResolve(candidate, known, key)))
        {
            if (best is null)
            {
                best = constructor;
                parameters = [.. constructor.GetParameters().Select(static parameter => parameter.ParameterType)];
            }
            else if (known is not null && !parameters.IsSupersetOf(constructor.GetParameters().Select(static parameter => parameter.ParameterType)))
            {
                throw new InvalidOperationException($"Unable to activate type '{type}'. The following constructors are ambiguous:{Environment.NewLine}{best}{Environment.NewLine}{constructor}");
            }
        }

        return best is null
            ? throw new InvalidOperationException($"No constructor for type '{type}' can be instantiated using services from the service container and default values.")
            : new Activation(type, best);
    }

    private static bool CanResolve(ConstructorInfo constructor, IServiceProviderIsService known, object? key) =>
        Array.TrueForAll(constructor.GetParameters(), parameter =>
            parameter.HasDefaultValue || ServiceParameter.Of(parameter).CanResolve(known, key));

    /// <summary>A constructor and how its arguments are found.</summary>
    private sealed class Activation(Type type, ConstructorInfo constructor)
    {
        private readonly ConstructorInvoker _constructor = ConstructorInvoker.Create(constructor);
        private readonly ServiceParameter[] _parameters = [.. constructor.GetParameters().Select(ServiceParameter.Of)];

        public object Run(IServiceProvider services, object? key)
        {
            var arguments = new object?[_parameters.Length];
            for (var index = 0; index < arguments.Length; index++)
            {
                arguments[index] = _parameters[index].Resolve(services, key, type);
            }

            return _constructor.Invoke(arguments.AsSpan());
        }
    }
}
