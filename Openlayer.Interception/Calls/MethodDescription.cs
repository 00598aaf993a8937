using System.Reflection;
using System.Runtime.CompilerServices;
using Openlayer.Interception.Providers;

namespace Openlayer.Interception.Calls;

/// <summary>
/// What a method and its attributes say about its steps. A method's attribute wins over its type's, and the implementation's over the
/// interface's.
/// </summary>
internal sealed class MethodDescription
{
    private MethodDescription(MethodInfo method, Type targetType, MethodInfo implementation, ProviderClient? client)
    {
        MemberInfo[] speakers = [implementation, method, targetType, method.DeclaringType!];
        var traces = speakers.Select(static speaker => speaker.GetCustomAttribute<TraceAttribute>(inherit: true)).ToArray();
        var typeName = traces[2..].FirstOrDefault(static trace => trace?.Name is not null)?.Name ?? CodeName.Of(method.DeclaringType!);
        Name = traces[..2].FirstOrDefault(static trace => trace?.Name is not null)?.Name ?? $"{typeName}.{CodeName.Of(method)}";
        IsNamed = traces.Any(static trace => trace?.Name is not null);
        IsResultRedacted = implementation.ReturnParameter.IsDefined(typeof(NoCaptureAttribute), inherit: true)
            || method.ReturnParameter.IsDefined(typeof(NoCaptureAttribute), inherit: true);
        var implemented = implementation.GetParameters();
        Parameters = [.. method.GetParameters().Select((parameter, index) => new ParameterDescription(parameter, implemented[index]))];
        Model = client is null ? null : ModelMethod.Of(client, method, ReadableParameters());
        Name = IsNamed ? Name : Model?.Operation.StepName ?? Name;
        StepType = traces.FirstOrDefault(static trace => trace is { HasStepType: true })?.StepType
            ?? Model?.Operation.StepType
            ?? StepType.UserCall;
    }

    /// <summary>The step's name.</summary>
    public string Name { get; }

    public StepType StepType { get; }

    public ParameterDescription[] Parameters { get; }

    /// <summary>Whether the return value is marked with <see cref="NoCaptureAttribute"/>.</summary>
    public bool IsResultRedacted { get; }

    /// <summary>Whether an attribute gave the name.</summary>
    public bool IsNamed { get; }

    /// <summary>How requests and responses are read, where the method is a model client's. Null if it is an ordinary service's.</summary>
    public ModelMethod? Model { get; }

    /// <summary>The description of a method. Null if its calls are not traced: of a model client only requests are.</summary>
    /// <param name="method">The method.</param>
    /// <param name="targetType">The class of the target.</param>
    /// <param name="client">The model client that the method belongs to. Null for an ordinary service.</param>
    public static MethodDescription? Of(MethodInfo method, Type targetType, ProviderClient? client)
    {
        var implementation = Implementation(method, targetType);
        var isRequest = client is not null && ModelMethod.OperationOf(client, method) is not null;
        if (!IsOrdinary(method) || !IsWanted(method, targetType, implementation, isRequest))
        {
            return null;
        }

        var description = new MethodDescription(method, targetType, implementation, client);
        return client is not null && description.Model is null && !description.IsNamed ? null : description;
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

    private static bool IsWanted(MethodInfo method, Type targetType, MethodInfo implementation, bool isRequest)
    {
        foreach (var speaker in new MemberInfo[] { implementation, method, targetType, method.DeclaringType! })
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

        // What a class calls on itself behind its surface is no call of a service, though it may be where requests are made.
        return isRequest || (!method.IsFamily && !method.IsFamilyAndAssembly);
    }

    private Dictionary<string, int> ReadableParameters() =>
        Parameters.Where(static parameter => parameter is { IsInput: true, IsRedacted: false })
            .ToDictionary(static parameter => parameter.Name, static parameter => parameter.Position);

    private static MethodInfo Implementation(MethodInfo method, Type targetType)
    {
        // A class can be assignable to an interface by variance alone, and then has no map for it.
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
