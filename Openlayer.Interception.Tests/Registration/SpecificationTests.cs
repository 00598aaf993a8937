using System.Reflection;
using Autofac.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Specification;
using Openlayer.Interception.Registration;

namespace Openlayer.Interception.Tests.Registration;

/// <summary>
/// The specification tests that Microsoft publishes for containers pass with every service intercepted, as they do without. They compare
/// services with their classes and instances, so the tests see the targets of the proxies that they resolve.
/// </summary>
public sealed class SpecificationTests
{
    private const string BuiltIn = "built-in";
    private const string AutofacPopulated = "Autofac";
    private const string AutofacServices = "Autofac, ContainerBuilder.InterceptServices";

    // They compare a proxy that was injected with the class or instance of its target.
    private static readonly string[] ComparedWithInjected =
    [
        "ConstrainedOpenGenericServicesCanBeResolved",
        "DisposesInReverseOrderOfCreation",
        "FactoryServicesCanBeCreatedByGetService",
        "InterfaceConstrainedOpenGenericServicesCanBeResolved",
        "OpenGenericServicesCanBeResolved",
        "OuterServiceCanHaveOtherServicesInjected",
        "ServiceContainerPicksConstructorWithLongestMatches",
        "ResolveKeyedOpenGenericService",
        "ResolveKeyedServiceSingletonInstanceWithKeyedParameter",
        "SimpleServiceKeyedResolution",
    ];

    public static TheoryData<string, string, int> Specifications() => SpecificationsWhere([BuiltIn, AutofacPopulated], static _ => true);

    public static TheoryData<string, string, int> ProxySpecifications() => SpecificationsWhere([BuiltIn, AutofacPopulated, AutofacServices], static method => !ComparedWithInjected.Contains(method.Name));

    private static TheoryData<string, string, int> SpecificationsWhere(string[] containers, Func<MethodInfo, bool> isIncluded)
    {
        var cases = new TheoryData<string, string, int>();
        foreach (var container in containers)
        {
            foreach (var specification in new Type[] { typeof(Plain), typeof(Keyed) })
            {
                foreach (var method in MethodsOf(specification).Where(isIncluded))
                {
                    for (var index = 0; index < DataOf(method).Count; index++)
                    {
                        cases.Add(container, $"{specification.Name}.{method.Name}", index);
                    }
                }
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Specifications))]
    public async Task A_service_is_created_and_disposed_as_without_interception(string container, string method, int data)
    {
        var bare = await RunAsync(method, data, services => Build(container, services, isIntercepted: false));

        var created = await RunAsync(method, data, services => Build(container, services, isIntercepted: true, isProxied: false));

        Assert.Equal(bare?.Message, created?.Message);
    }

    [Theory]
    [MemberData(nameof(ProxySpecifications))]
    public async Task A_proxied_service_meets_the_specification(string container, string method, int data)
    {
        var bare = await RunAsync(method, data, services => Build(container, services, isIntercepted: false));

        var proxied = await RunAsync(method, data, services => new UnproxiedProvider(Build(container, services, isIntercepted: true)));

        Assert.Equal(bare?.Message, proxied?.Message);
    }

    private static async Task<Exception?> RunAsync(string name, int data, Func<IServiceCollection, IServiceProvider> build)
    {
        object tests = name.StartsWith(nameof(Plain), StringComparison.Ordinal) ? new Plain(build) : new Keyed(build);
        var method = tests.GetType().GetMethod(name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..])!;
        try
        {
            if (method.Invoke(tests, BindingFlags.DoNotWrapExceptions, null, DataOf(method)[data], null) is Task task)
            {
                await task;
            }

            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    private static IServiceProvider Build(string container, IServiceCollection services, bool isIntercepted, bool isProxied = true)
    {
        if (isIntercepted && container != AutofacServices)
        {
            services.AddOpenlayer(static options => options.SendToOpenlayer = false).InterceptServices(static _ => true);
        }

        // The services of descriptors that a decorator replaced have no proxy.
        foreach (var intercepted in isProxied ? [] : services.Select(static service => (service.IsKeyedService ? service.KeyedImplementationFactory : (Delegate?)service.ImplementationFactory)?.Target).OfType<InterceptedDescriptor>())
        {
            intercepted.IsDecorated = true;
        }

        if (container == BuiltIn)
        {
            return services.BuildServiceProvider();
        }

        var factory = new AutofacServiceProviderFactory();
        var builder = factory.CreateBuilder(services);
        if (isIntercepted && container == AutofacServices)
        {
            builder.RegisterOpenlayer(static options => options.SendToOpenlayer = false).InterceptServices(static _ => true);
        }

        return factory.CreateServiceProvider(builder);
    }

    private static IEnumerable<MethodInfo> MethodsOf(Type tests) =>
        from method in tests.GetMethods()
        where method.GetCustomAttributesData().Any(static data => data.AttributeType.FullName is "Xunit.FactAttribute" or "Xunit.TheoryAttribute")
        orderby method.Name
        select method;

    private static List<object?[]> DataOf(MethodInfo method)
    {
        List<object?[]> rows = [];
        foreach (var data in method.GetCustomAttributesData())
        {
            switch (data.AttributeType.FullName)
            {
                case "Xunit.FactAttribute":
                    rows.Add([]);
                    break;
                case "Xunit.InlineDataAttribute":
                    var inline = (IReadOnlyCollection<CustomAttributeTypedArgument>)data.ConstructorArguments[0].Value!;
                    rows.Add([.. inline.Select(static argument => argument.Value)]);
                    break;
                case "Xunit.MemberDataAttribute":
                    var member = method.DeclaringType!.GetMember((string)data.ConstructorArguments[0].Value!, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.FlattenHierarchy)[0];
                    var values = member is PropertyInfo property ? property.GetValue(null) : ((MethodInfo)member).Invoke(null, null);
                    rows.AddRange((IEnumerable<object?[]>)values!);
                    break;
                default:
                    break;
            }
        }

        return rows;
    }

    private sealed class Plain(Func<IServiceCollection, IServiceProvider> build) : DependencyInjectionSpecificationTests
    {
        protected override IServiceProvider CreateServiceProvider(IServiceCollection serviceCollection) => build(serviceCollection);
    }

    private sealed class Keyed(Func<IServiceCollection, IServiceProvider> build) : KeyedDependencyInjectionSpecificationTests
    {
        protected override IServiceProvider CreateServiceProvider(IServiceCollection collection) => build(collection);
    }
}
