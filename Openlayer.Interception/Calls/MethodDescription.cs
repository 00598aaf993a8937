using System.Reflection;
using System.Runtime.CompilerServices;

namespace Openlayer.Interception.Calls;

/// <summary>
/// What a method and its attributes say about its steps. A method's attribute wins over its type's, and the implementation's over the
/// interface's.
/// </summary>
internal sealed class MethodDescription
{
    private MethodDescription(MethodInfo method, Type targetType, MethodInfo implementation)
    {
        MemberInfo[] speakers = [implementation, method, targetType, method.DeclaringType!];
        var traces = speakers.Select(static speaker => speaker.GetCustomAttribute<TraceAttribute>(inherit: true)).ToArray();
        var typeName = traces[2..].FirstOrDefault(static trace => trace?.Name is not null)?.Name ?? CodeName.Of(method.DeclaringType!);
        Name = traces[..2].FirstOrDefault(static trace => trace?.Name is not null)?.Name ?? $"{typeName}.{CodeName.Of(method)}";
        StepType = traces.FirstOrDefault(static trace => trace is { HasStepType: true })?.StepType ?? StepType.UserCall;
        IsResultRedacted = implementation.ReturnParameter.IsDefined(typeof(NoCaptureAttribute), inherit: true)
            || method.ReturnParameter.IsDefined(typeof(NoCaptureAttribute), inherit: true);
        var implemented = implementation.GetParameters();
        Parameters = [.. method.GetParameters().Select((parameter, index) => new ParameterDescription(parameter, implemented[index]))];
        TargetType = targetType;
    }

    /// <summary>The step's name.</summary>
    public string Name { get; }

    public StepType StepType { get; }

    public ParameterDescription[] Parameters { get; }

    /// <summary>Whether the return value is marked with <see cref="NoCaptureAttribute"/>.</summary>
    public bool IsResultRedacted { get; }

    /// <summary>The class of the target.</summary>
    public Type TargetType { get; }

    /// <summary>The description of a method. Null if its calls are not traced.</summary>
    public static MethodDescription? Of(MethodInfo method, Type targetType)
    {
        var implementation = Implementation(method, targetType);
        return IsOrdinary(method) && IsWanted(method, targetType, implementation) ? new(method, targetType, implementation) : null;
    }

    private static bool IsOrdinary(MethodInfo method)
    {
        if (method.IsSpecialName
            || method.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
            || method.GetBaseDefinition().DeclaringType == typeof(object))
        {
            return false;
        }

        return (method.Name, method.GetParameters()) switch
        {
            (nameof(IDisposable.Dispose), []) => false,
            (nameof(IDisposable.Dispose), [{ ParameterType: var only }]) when only == typeof(bool) => false,
            (nameof(IAsyncDisposable.DisposeAsync), []) => false,
            _ => true,
        };
    }

    private static bool IsWanted(MethodInfo method, Type targetType, MethodInfo implementation)
    {
        // What a class calls on itself behind its surface is no call of a service, unless the method itself says so.
        MemberInfo[] speakers = method.IsFamily || method.IsFamilyAndAssembly
            ? [implementation, method]
            : [implementation, method, targetType, method.DeclaringType!];
        foreach (var speaker in speakers)
        {
            if (speaker.IsDefined(typeof(NoTraceAttribute), inherit: true))
            {
                return false;
            }

            if (speaker.IsDefined(typeof(TraceAttribute), inherit: true))
            {
                return true;
            }
        }

        return !method.IsFamily && !method.IsFamilyAndAssembly;
    }

    private static MethodInfo Implementation(MethodInfo method, Type targetType)
    {
        if (method.DeclaringType is not { IsInterface: true } declaring || targetType.IsInterface || !targetType.GetInterfaces().Contains(declaring))
        {
            return method;
        }

        var sought = method.IsGenericMethod ? method.GetGenericMethodDefinition() : method;
        var map = targetType.GetInterfaceMap(declaring);
        var index = Array.IndexOf(map.InterfaceMethods, sought);
        return index < 0 ? method : map.TargetMethods[index];
    }
}
