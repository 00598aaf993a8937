using System.Reflection;
using System.Runtime.CompilerServices;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Capture.Redaction;
using Openlayer.Interception.ModelClients;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Invocation;

/// <summary>
/// How the calls of a method are recorded. An attribute on the method takes precedence over one on its type, and an attribute on the
/// implementation over one on the interface.
/// </summary>
internal sealed class MethodDescriptor
{
    private MethodDescriptor(MethodInfo method, Type targetType, MethodInfo implementation, ProviderClient? client, ValueCapture capture)
    {
        MemberInfo[] sources = [implementation, method, targetType, method.DeclaringType!];
        var traces = sources.Select(static source => source.GetCustomAttribute<TraceAttribute>(inherit: true)).ToArray();
        var typeName = traces[2..].FirstOrDefault(static trace => trace?.Name is not null)?.Name ?? CSharpName.Of(method.DeclaringType!);
        Name = traces[..2].FirstOrDefault(static trace => trace?.Name is not null)?.Name ?? $"{typeName}.{CSharpName.Of(method)}";
        IsNamed = traces.Any(static trace => trace?.Name is not null);
        IsResultRedacted = implementation.ReturnParameter.IsDefined(typeof(NoCaptureAttribute), inherit: true)
            || method.ReturnParameter.IsDefined(typeof(NoCaptureAttribute), inherit: true)
            || (ReturnShape.Of(method.ReturnType).ResultType == typeof(string) && capture.IsNameOfSecret(WithoutAsync(method.Name)));
        PromotedResult = new PromotedResult(method, implementation, IsResultRedacted);
        ResultTuples = TupleNames.Of(
            capture.IsRedacted, (method.ReturnType, method.ReturnParameter), (method.ReturnType, implementation.ReturnParameter));
        var implemented = implementation.GetParameters();
        var parameters = method.GetParameters().Select((parameter, index) => new ParameterDescriptor(parameter, implemented[index], capture)).ToArray();
        Inputs = [.. parameters.Where(static parameter => parameter.IsInput)];
        InputNames = [.. Inputs.Select(static input => input.Name)];
        InputPositions = Array.ConvertAll(Inputs, static input => input.Position);
        Outputs = [.. parameters.Where(static parameter => parameter.IsOutput)];
        OutputTuples = Outputs.Length == 0 ? null : TupleNames.Of(capture.IsRedacted, [.. Outputs.SelectMany(output => Declarations(method.GetParameters()[output.Position], implemented[output.Position]))]);
        Model = client is null ? null : ModelMethod.Of(client, method, ReadableParameters());
        Name = IsNamed ? Name : Model?.Operation.StepName ?? Name;
        StepType = traces.FirstOrDefault(static trace => trace is { HasStepType: true })?.StepType
            ?? Model?.Operation.StepType
            ?? StepType.UserCall;
        InferencePipelineId = traces.FirstOrDefault(static trace => trace?.InferencePipelineId is not null)?.InferencePipelineId;
    }

    public string Name { get; }

    public StepType StepType { get; }

    /// <summary>The pipeline of the traces whose root is a call of the method. Null for that of the options.</summary>
    public string? InferencePipelineId { get; }

    /// <summary>The parameters whose values before the call are recorded.</summary>
    public ParameterDescriptor[] Inputs { get; }

    /// <summary>The names of <see cref="Inputs"/>, in the same order.</summary>
    public string[] InputNames { get; }

    /// <summary>The positions of <see cref="Inputs"/>, in the same order.</summary>
    public int[] InputPositions { get; }

    /// <summary>The parameters whose values after the call are recorded.</summary>
    public ParameterDescriptor[] Outputs { get; }

    /// <summary>The redacted elements of the tuples in the types of <see cref="Outputs"/>. Null if there are none.</summary>
    public TupleNames? OutputTuples { get; }

    /// <summary>Whether the return value is marked with <see cref="NoCaptureAttribute"/>, or is a text that the method's name says is a secret.</summary>
    public bool IsResultRedacted { get; }

    /// <summary>The columns that the return value is promoted to.</summary>
    public PromotedResult PromotedResult { get; }

    /// <summary>The redacted elements of the tuples in the return type. Null if there are none.</summary>
    public TupleNames? ResultTuples { get; }

    /// <summary>Whether an attribute gave the name.</summary>
    public bool IsNamed { get; }

    /// <summary>How requests and responses are read. Null if the method is not a model client's.</summary>
    public ModelMethod? Model { get; }

    /// <summary>Describes a method. Returns null if its calls are not traced. Only requests of a model client are traced.</summary>
    /// <param name="method">The method.</param>
    /// <param name="targetType">The class of the target.</param>
    /// <param name="client">The model client that the method belongs to. Null for an ordinary service.</param>
    /// <param name="capture">Decides which names are redacted.</param>
    public static MethodDescriptor? Of(MethodInfo method, Type targetType, ProviderClient? client, ValueCapture capture)
    {
        var implementation = Implementation(method, targetType);
        var isRequest = client is not null && ModelMethod.OperationOf(client, method) is not null;
        if (!IsTraceable(method) || !IsTraced(method, targetType, implementation, isRequest))
        {
            return null;
        }

        var description = new MethodDescriptor(method, targetType, implementation, client, capture);
        return client is not null && description.Model is null && !description.IsNamed ? null : description;
    }

    /// <summary>Whether calls of a method can be traced: accessors, disposal and the members of <see cref="object"/> cannot.</summary>
    public static bool IsTraceable(MethodInfo method)
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

            // An interface can redeclare the members of object.
            (nameof(ToString) or nameof(GetHashCode), []) => false,
            (nameof(Equals), [{ ParameterType: var only }]) when only == typeof(object) => false,
            _ => true,
        };
    }

    private static bool IsTraced(MethodInfo method, Type targetType, MethodInfo implementation, bool isRequest)
    {
        // A class calls a protected method on itself. It is traced only if the method itself has the attribute.
        MemberInfo[] sources = method.IsFamily || method.IsFamilyAndAssembly
            ? [implementation, method]
            : [implementation, method, targetType, method.DeclaringType!];
        foreach (var source in sources)
        {
            if (source.IsDefined(typeof(NoTraceAttribute), inherit: true))
            {
                return false;
            }

            if (source.IsDefined(typeof(TraceAttribute), inherit: true))
            {
                return true;
            }
        }

        // Some clients send their requests from a protected method.
        return isRequest || (!method.IsFamily && !method.IsFamilyAndAssembly);
    }

    private static (Type Type, ICustomAttributeProvider Member)[] Declarations(ParameterInfo parameter, ParameterInfo implemented) =>
        [(parameter.ParameterType, parameter), (parameter.ParameterType, implemented)];

    private static string WithoutAsync(string name) => name.EndsWith("Async", StringComparison.Ordinal) ? name[..^"Async".Length] : name;

    private Dictionary<string, int> ReadableParameters() =>
        Inputs.Where(static input => !input.IsRedacted).ToDictionary(static input => input.Name, static input => input.Position);

    /// <summary>The method of a class that implements a method of an interface. The method itself if there is none.</summary>
    public static MethodInfo Implementation(MethodInfo method, Type targetType)
    {
        // A class that implements an interface only through variance has no interface map for it.
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
