using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace Openlayer.Interception.Registration;

/// <summary>A constructor's parameter, as the container of Microsoft.Extensions.DependencyInjection resolves it.</summary>
internal sealed class ServiceParameter
{
    private readonly ParameterInfo _parameter;
    private readonly Source _source;
    private readonly object? _key;
    private readonly bool _hasDefault;
    private readonly object? _default;

    private ServiceParameter(ParameterInfo parameter)
    {
        _parameter = parameter;
        _hasDefault = parameter.HasDefaultValue;
        _default = DefaultOf(parameter);
        if (parameter.IsDefined(typeof(ServiceKeyAttribute), inherit: true))
        {
            _source = Source.OwnKey;
        }
        else if (parameter.GetCustomAttribute<FromKeyedServicesAttribute>(inherit: true) is { } keyed)
        {
            _key = keyed.Key;
            _source = SourceOf(keyed);
        }
    }

    private enum Source
    {
        /// <summary>A service without a key.</summary>
        Unkeyed,

        /// <summary>A service with the key that the attribute names.</summary>
        Keyed,

        /// <summary>A service with the key of the service that is created.</summary>
        InheritedKey,

        /// <summary>The key of the service that is created.</summary>
        OwnKey,
    }

    public static ServiceParameter Of(ParameterInfo parameter) => new(parameter);

    public bool CanResolve(IServiceProviderIsService known, object? ownKey) => _source switch
    {
        Source.OwnKey => ownKey is not null && _parameter.ParameterType.IsInstanceOfType(ownKey),
        Source.Unkeyed => known.IsService(_parameter.ParameterType),
        _ => KeyFor(ownKey) is { } key
            ? known is IServiceProviderIsKeyedService keyed && keyed.IsKeyedService(_parameter.ParameterType, key)
            : known.IsService(_parameter.ParameterType),
    };

    /// <exception cref="InvalidOperationException">The parameter cannot be resolved and has no default value.</exception>
    public object? Resolve(IServiceProvider services, object? ownKey, Type activated)
    {
        if (_source == Source.OwnKey)
        {
            return _parameter.ParameterType.IsInstanceOfType(ownKey)
                ? ownKey
                : throw new InvalidOperationException("The type of the key used for lookup doesn't match the type in the constructor parameter with the ServiceKey attribute.");
        }

        var service = _source != Source.Unkeyed && KeyFor(ownKey) is { } key
            ? (services as IKeyedServiceProvider
                ?? throw new InvalidOperationException("This service provider doesn't support keyed services.")).GetKeyedService(_parameter.ParameterType, key)
            : services.GetService(_parameter.ParameterType);
        return service
            ?? (_hasDefault
                ? _default
                : throw new InvalidOperationException($"Unable to resolve service for type '{_parameter.ParameterType}' while attempting to activate '{activated}'."));
    }

    private static Source SourceOf(FromKeyedServicesAttribute attribute) =>
#if NET10_0_OR_GREATER
        attribute.LookupMode switch
        {
            ServiceKeyLookupMode.InheritKey => Source.InheritedKey,
            ServiceKeyLookupMode.NullKey => Source.Unkeyed,
            _ => Source.Keyed,
        };
#else
        attribute.Key is null ? Source.Unkeyed : Source.Keyed;
#endif

    // Reflection reports the default of a struct as null, and that of a nullable enum as a number.
    private static object? DefaultOf(ParameterInfo parameter)
    {
        if (!parameter.HasDefaultValue)
        {
            return null;
        }

        var nullable = Nullable.GetUnderlyingType(parameter.ParameterType);
        return (parameter.DefaultValue, nullable) switch
        {
            (null, null) when parameter.ParameterType.IsValueType => Activator.CreateInstance(parameter.ParameterType),
            ({ } value, { IsEnum: true }) => Enum.ToObject(nullable!, value),
            var (value, _) => value,
        };
    }

    private object? KeyFor(object? ownKey) => _source == Source.InheritedKey ? ownKey : _key;
}
