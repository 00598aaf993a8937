using System.Reflection;
using System.Runtime.CompilerServices;
using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Calls;

/// <summary>The properties of a result type that <see cref="PromoteAttribute"/> makes columns of the row. Found once for each type.</summary>
internal sealed class PromotedProperties
{
    // Weak in its keys, so that collectible assemblies stay collectible.
    private static readonly ConditionalWeakTable<Type, PromotedProperties> Types = [];

    private readonly (string Column, PropertyInfo Property)[] _properties;

    private PromotedProperties(Type type) => _properties =
    [
        .. from property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public)
           where property.CanRead && property.GetIndexParameters().Length == 0
           let promoted = property.GetCustomAttribute<PromoteAttribute>(inherit: true)
           where promoted is not null
           select (promoted.Column, property),
    ];

    public bool IsEmpty => _properties.Length == 0;

    public static PromotedProperties Of(Type type) => Types.GetValue(type, static found => new PromotedProperties(found));

    public void Promote(object result, Trace trace, OpenlayerTracer tracer)
    {
        foreach (var (column, property) in _properties)
        {
            var captured = property.IsDefined(typeof(NoCaptureAttribute)) || tracer.Capture.IsRedacted(property.Name)
                ? ValueCapture.Redacted
                : Read(result, property, tracer);
            trace.SetCapturedColumn(column, captured);
        }
    }

    private static object? Read(object result, PropertyInfo property, OpenlayerTracer tracer)
    {
        ICaptureGuard guard = tracer;
        var entered = guard.Enter();
        try
        {
            return tracer.Capture.Capture(property.GetValue(result));
        }
        catch (Exception exception)
        {
            return $"[threw {(exception.InnerException ?? exception).GetType().Name}]";
        }
        finally
        {
            guard.Leave(entered);
        }
    }
}
