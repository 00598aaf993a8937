using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Autofac.Core;
using Autofac.Core.Activators.Reflection;

namespace Autofac.Extras.DynamicProxy;

/// <summary>
/// Supplies the default values of a class's constructor parameters, which the constructors of its generated subclass lack. Applies last: after
/// the parameters of the resolve operation, the parameters of the registration, and the services of the container.
/// </summary>
internal sealed class ProxiedDefaultParameter : Parameter
{
    private static readonly AutowiringParameter Autowiring = new();
    private static readonly DefaultValueParameter Default = new();

    private readonly Dictionary<MemberInfo, ParameterInfo[]> _proxied = [];
    private readonly IEnumerable<Parameter> _configured;
    private readonly int _leading;

    /// <param name="proxied">The class.</param>
    /// <param name="proxy">The generated subclass.</param>
    /// <param name="leading">The number of leading parameters that the subclass adds.</param>
    /// <param name="configured">The parameters of the registration, including those added later.</param>
    public ProxiedDefaultParameter(Type proxied, Type proxy, int leading, IEnumerable<Parameter> configured)
    {
        _configured = configured;
        _leading = leading;
        foreach (var constructor in proxy.GetConstructors().Where(constructor => constructor.GetParameters().Length >= leading))
        {
            var types = constructor.GetParameters().Skip(leading).Select(parameter => parameter.ParameterType).ToArray();
            const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
            _proxied[constructor] = proxied.GetConstructor(Any, types)!.GetParameters();
        }
    }

    public override bool CanSupplyValue(ParameterInfo pi, IComponentContext context, [NotNullWhen(true)] out Func<object?>? valueProvider)
    {
        valueProvider = null;
        return pi.Position >= _leading
            && _proxied[pi.Member][pi.Position - _leading] is { HasDefaultValue: true } parameter
            && !_configured.Append(Autowiring).Any(earlier => earlier.CanSupplyValue(pi, context, out _))
            && Default.CanSupplyValue(parameter, context, out valueProvider);
    }
}
