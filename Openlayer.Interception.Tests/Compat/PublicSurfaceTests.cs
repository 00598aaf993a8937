using System.Reflection;
using Autofac.Extras.DynamicProxy;

namespace Openlayer.Interception.Tests.Compat;

/// <summary>The public members of Autofac.Extras.DynamicProxy 8.1, the basis of source compatibility.</summary>
public sealed class PublicSurfaceTests
{
    private const string Expected = """
        class InterceptAttribute : Attribute [Class, Interface; AllowMultiple; Inherited]
            InterceptAttribute(Service interceptorService)
            InterceptAttribute(String interceptorServiceName)
            InterceptAttribute(Type interceptorServiceType)
            Service InterceptorService { get; }
        static class RegistrationExtensions
            IRegistrationBuilder<TLimit, ScanningActivatorData, TRegistrationStyle> EnableClassInterceptors<TLimit, TRegistrationStyle>(this IRegistrationBuilder<TLimit, ScanningActivatorData, TRegistrationStyle> registration)
            IRegistrationBuilder<TLimit, ScanningActivatorData, TRegistrationStyle> EnableClassInterceptors<TLimit, TRegistrationStyle>(this IRegistrationBuilder<TLimit, ScanningActivatorData, TRegistrationStyle> registration, Func<Type, Boolean> shouldIntercept)
            IRegistrationBuilder<TLimit, ScanningActivatorData, TRegistrationStyle> EnableClassInterceptors<TLimit, TRegistrationStyle>(this IRegistrationBuilder<TLimit, ScanningActivatorData, TRegistrationStyle> registration, ProxyGenerationOptions options, Func<Type, Boolean>? shouldIntercept, params Type[] additionalInterfaces)
            IRegistrationBuilder<TLimit, ScanningActivatorData, TRegistrationStyle> EnableClassInterceptors<TLimit, TRegistrationStyle>(this IRegistrationBuilder<TLimit, ScanningActivatorData, TRegistrationStyle> registration, ProxyGenerationOptions options, params Type[] additionalInterfaces)
            IRegistrationBuilder<TLimit, TActivatorData, TSingleRegistrationStyle> EnableInterfaceInterceptors<TLimit, TActivatorData, TSingleRegistrationStyle>(this IRegistrationBuilder<TLimit, TActivatorData, TSingleRegistrationStyle> registration, Func<Type, Boolean> shouldIntercept)
            IRegistrationBuilder<TLimit, TActivatorData, TSingleRegistrationStyle> EnableInterfaceInterceptors<TLimit, TActivatorData, TSingleRegistrationStyle>(this IRegistrationBuilder<TLimit, TActivatorData, TSingleRegistrationStyle> registration, ProxyGenerationOptions? options = null)
            IRegistrationBuilder<TLimit, TActivatorData, TSingleRegistrationStyle> EnableInterfaceInterceptors<TLimit, TActivatorData, TSingleRegistrationStyle>(this IRegistrationBuilder<TLimit, TActivatorData, TSingleRegistrationStyle> registration, ProxyGenerationOptions? options, Func<Type, Boolean>? shouldIntercept)
            IRegistrationBuilder<TLimit, TActivatorData, TStyle> InterceptedBy<TLimit, TActivatorData, TStyle>(this IRegistrationBuilder<TLimit, TActivatorData, TStyle> builder, params Service[] interceptorServices)
            IRegistrationBuilder<TLimit, TActivatorData, TStyle> InterceptedBy<TLimit, TActivatorData, TStyle>(this IRegistrationBuilder<TLimit, TActivatorData, TStyle> builder, params String[] interceptorServiceNames)
            IRegistrationBuilder<TLimit, TActivatorData, TStyle> InterceptedBy<TLimit, TActivatorData, TStyle>(this IRegistrationBuilder<TLimit, TActivatorData, TStyle> builder, params Type[] interceptorServiceTypes)
            IRegistrationBuilder<TLimit, TConcreteReflectionActivatorData, TRegistrationStyle> EnableClassInterceptors<TLimit, TConcreteReflectionActivatorData, TRegistrationStyle>(this IRegistrationBuilder<TLimit, TConcreteReflectionActivatorData, TRegistrationStyle> registration) where TConcreteReflectionActivatorData : ConcreteReflectionActivatorData
            IRegistrationBuilder<TLimit, TConcreteReflectionActivatorData, TRegistrationStyle> EnableClassInterceptors<TLimit, TConcreteReflectionActivatorData, TRegistrationStyle>(this IRegistrationBuilder<TLimit, TConcreteReflectionActivatorData, TRegistrationStyle> registration, Func<Type, Boolean> shouldIntercept) where TConcreteReflectionActivatorData : ConcreteReflectionActivatorData
            IRegistrationBuilder<TLimit, TConcreteReflectionActivatorData, TRegistrationStyle> EnableClassInterceptors<TLimit, TConcreteReflectionActivatorData, TRegistrationStyle>(this IRegistrationBuilder<TLimit, TConcreteReflectionActivatorData, TRegistrationStyle> registration, ProxyGenerationOptions options, Func<Type, Boolean>? shouldIntercept, params Type[] additionalInterfaces) where TConcreteReflectionActivatorData : ConcreteReflectionActivatorData
            IRegistrationBuilder<TLimit, TConcreteReflectionActivatorData, TRegistrationStyle> EnableClassInterceptors<TLimit, TConcreteReflectionActivatorData, TRegistrationStyle>(this IRegistrationBuilder<TLimit, TConcreteReflectionActivatorData, TRegistrationStyle> registration, ProxyGenerationOptions options, params Type[] additionalInterfaces) where TConcreteReflectionActivatorData : ConcreteReflectionActivatorData
        """;

    [Fact]
    public void The_public_surface_equals_that_of_the_package()
    {
        var lines = typeof(InterceptAttribute).Assembly.GetExportedTypes()
            .OrderBy(type => type.Name, StringComparer.Ordinal)
            .SelectMany(type => Members(type).Order(StringComparer.Ordinal).Select(member => "    " + member).Prepend(Declaration(type)));

        Assert.Equal(Expected, string.Join('\n', lines));
        Assert.All(typeof(InterceptAttribute).Assembly.GetExportedTypes(), type => Assert.Equal("Autofac.Extras.DynamicProxy", type.Namespace));
    }

    private static string Declaration(Type type)
    {
        var kind = type switch { { IsAbstract: true, IsSealed: true } => "static class", { IsSealed: true } => "sealed class", _ => "class" };
        var parent = type.BaseType == typeof(object) ? "" : $" : {Name(type.BaseType!)}";
        var usage = type.GetCustomAttribute<AttributeUsageAttribute>(inherit: false) is { } attribute
            ? $" [{attribute.ValidOn}{(attribute.AllowMultiple ? "; AllowMultiple" : "")}{(attribute.Inherited ? "; Inherited" : "")}]"
            : "";
        return $"{kind} {Name(type)}{parent}{usage}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        const BindingFlags Public = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        return type.GetMembers(Public).Where(member => member is not MethodInfo { IsSpecialName: true }).Select(member => member switch
        {
            ConstructorInfo constructor => $"{Name(type)}({Parameters(constructor)})",
            PropertyInfo property => $"{Name(property.PropertyType)} {property.Name} {{ get; {(property.SetMethod is { IsPublic: true } ? "set; " : "")}}}",
            MethodInfo method => $"{Name(method.ReturnType)} {method.Name}<{Names(method.GetGenericArguments())}>({Parameters(method)}){Constraints(method)}",
            _ => member.ToString()!,
        });
    }

    private static string Parameters(MethodBase method)
    {
        var nullability = new NullabilityInfoContext();
        var extension = method.IsDefined(typeof(System.Runtime.CompilerServices.ExtensionAttribute)) ? "this " : "";
        return extension + string.Join(", ", method.GetParameters().Select(parameter =>
            (parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "")
            + Name(parameter.ParameterType)
            + (nullability.Create(parameter).ReadState == NullabilityState.Nullable ? "? " : " ")
            + parameter.Name
            + (parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "null"}" : "")));
    }

    private static string Constraints(MethodInfo method) => string.Concat(method.GetGenericArguments()
        .Where(argument => argument.GetGenericParameterConstraints().Length > 0 || argument.GenericParameterAttributes != GenericParameterAttributes.None)
        .Select(argument => $" where {argument.Name} : {Names([.. argument.GetGenericParameterConstraints()])}"));

    private static string Name(Type type) =>
        type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`')]}<{Names(type.GetGenericArguments())}>" : type.Name;

    private static string Names(Type[] types) => string.Join(", ", types.Select(Name));
}
