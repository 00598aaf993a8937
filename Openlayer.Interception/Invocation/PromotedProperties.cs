using System.Reflection;
using System.Runtime.CompilerServices;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Capture.Converters;
using Openlayer.Interception.Capture.Redaction;
using Openlayer.Interception.Reflection;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Invocation;

/// <summary>The properties of a result type that have <see cref="PromoteAttribute"/>. Created once for each type.</summary>
internal sealed class PromotedProperties
{
    private static readonly TypeCache<PromotedProperties> Types = new(static type => new PromotedProperties(type));

    private readonly PromotedProperty[] _properties;

    private PromotedProperties(Type type) => _properties =
    [
        .. from property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public)
           where property.CanRead && property.GetIndexParameters().Length == 0
           from column in Attributes<PromoteAttribute>(type, property).Select(static promoted => promoted.Column).Distinct()
           select new PromotedProperty(
               column, property, Getter(type, property), property.IsDefined(typeof(TupleElementNamesAttribute)), Attributes<NoCaptureAttribute>(type, property).Any()),
    ];

    public bool IsEmpty => _properties.Length == 0;

    public static PromotedProperties Of(Type type) => Types.Get(type);

    /// <summary>Adds the properties of a result to the trace's row as columns.</summary>
    /// <param name="result">The result.</param>
    /// <param name="isResultRedacted">Whether the result is redacted. Its properties are then not read.</param>
    /// <param name="trace">The trace.</param>
    /// <param name="steps">Captures the values.</param>
    public void Promote(object result, bool isResultRedacted, OpenlayerTrace trace, StepSource steps)
    {
        foreach (var (column, property, get, hasTupleNames, isRedacted) in _properties)
        {
            var isNamedSecret = property.PropertyType != typeof(bool) && (steps.Capture.IsRedacted(property.Name) || steps.Capture.IsRedacted(column));
            var captured = isResultRedacted || isRedacted || isNamedSecret
                ? ValueCapture.Redacted
                : Read(result, property, get, hasTupleNames, steps);
            trace.SetCapturedColumn(column, captured);
        }
    }

    // The attribute may be on the property, on one that it overrides, on a record's parameter, or on an interface's property.
    private static IEnumerable<TAttribute> Attributes<TAttribute>(Type type, PropertyInfo property)
        where TAttribute : Attribute => property.GetCustomAttributes<TAttribute>(inherit: true)
            .Concat(from constructor in property.DeclaringType!.GetConstructors()
                    from parameter in constructor.GetParameters()
                    where parameter.Name == property.Name
                    from attribute in parameter.GetCustomAttributes<TAttribute>()
                    select attribute)
            .Concat(from contract in type.GetInterfaces()
                    from attribute in contract.GetProperty(property.Name)?.GetCustomAttributes<TAttribute>() ?? []
                    select attribute);

    private static Func<object, object?> Getter(Type type, PropertyInfo property)
    {
        var (get, placeholder) = PropertyAccess.Of(property, property.GetValue, type, isOverridden: false);
        return placeholder is null ? get : _ => placeholder;
    }

    private static object? Read(object result, PropertyInfo property, Func<object, object?> get, bool hasTupleNames, StepSource steps)
    {
        using var suppression = steps.Ambient.Suppress();
        try
        {
            var tuples = hasTupleNames ? TupleNames.Of(steps.Capture.IsRedacted, (property.PropertyType, property)) : null;
            return steps.Capture.CaptureNamed(property.Name, get(result), tuples);
        }
        catch (Exception exception)
        {
            return $"[threw {(exception.InnerException ?? exception).GetType().Name}]";
        }
    }

    private sealed record PromotedProperty(string Column, PropertyInfo Property, Func<object, object?> Get, bool HasTupleNames, bool IsRedacted);
}
