using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>
/// An interface with the name and the assembly of an SDK that no test references, and with the members of an interface of the tests. Its calls
/// go to an object of the tests.
/// </summary>
public class NamedInterface : DispatchProxy
{
    private static readonly MethodInfo Intercept = typeof(OpenlayerTracer).GetMethod(nameof(OpenlayerTracer.Intercept))!;

    // By name: a name stands for one type only.
    private static readonly ConcurrentDictionary<string, Lazy<Type>> Types = new();

    private object _target = null!;

    /// <summary>A traced client of that name.</summary>
    /// <param name="tracer">Traces it.</param>
    /// <param name="assembly">The name of the SDK's assembly.</param>
    /// <param name="name">The full name of the interface.</param>
    /// <param name="target">Receives the calls.</param>
    /// <typeparam name="TMembers">The interface whose members it has.</typeparam>
    /// <returns>Calls a method of the client by its name.</returns>
    public static Func<string, object?[], object?> Traced<TMembers>(OpenlayerTracer tracer, string assembly, string name, TMembers target)
        where TMembers : class
    {
        var type = Types.GetOrAdd(name, _ => new(() => Define(assembly, name, typeof(TMembers)))).Value;
        var client = typeof(DispatchProxy).GetMethods().Single(static method => method is { Name: nameof(Create), IsGenericMethod: true })
            .MakeGenericMethod(type, typeof(NamedInterface)).Invoke(null, null)!;
        ((NamedInterface)client)._target = target;
        var traced = Intercept.MakeGenericMethod(type).Invoke(tracer, [client])!;
        return (method, arguments) => type.GetMethod(method)!.Invoke(traced, BindingFlags.DoNotWrapExceptions, binder: null, arguments, culture: null);
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        _target.GetType().GetMethod(targetMethod!.Name)!.Invoke(_target, BindingFlags.DoNotWrapExceptions, binder: null, args, culture: null);

    private static Type Define(string assembly, string name, Type members)
    {
        var module = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName(assembly), AssemblyBuilderAccess.Run).DefineDynamicModule(assembly);
        var type = module.DefineType(name, TypeAttributes.Public | TypeAttributes.Interface | TypeAttributes.Abstract);
        foreach (var member in members.GetMethods())
        {
            var parameters = member.GetParameters();
            var method = type.DefineMethod(
                member.Name,
                MethodAttributes.Public | MethodAttributes.Abstract | MethodAttributes.Virtual | MethodAttributes.HideBySig | MethodAttributes.NewSlot,
                member.ReturnType,
                [.. parameters.Select(static parameter => parameter.ParameterType)]);
            foreach (var parameter in parameters)
            {
                method.DefineParameter(parameter.Position + 1, ParameterAttributes.None, parameter.Name);
            }
        }

        return type.CreateType();
    }
}
