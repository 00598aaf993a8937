using System.Reflection;
using Openlayer.Interception.ModelClients.Clients;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.ModelClients;

/// <summary>
/// Recognises model clients by the names of their types. No SDK is referenced, so an application can use any version of one.
/// </summary>
internal static class ClientRecognizer
{
    private static readonly TypeCache<Type?> Decorators = new(FindDecorator);

    /// <summary>The class whose proxies stand for objects of a client's class, which is no interface. Null if there is none.</summary>
    public static Type? DecoratorOf(Type service) => Decorators.Get(service);

    /// <summary>
    /// The client that a method belongs to: one that the application registered, else a known one, else one that carries
    /// <see cref="ProviderClientAttribute"/>. Null for an ordinary service.
    /// </summary>
    /// <param name="method">The method that is called.</param>
    /// <param name="targetType">The class of the target.</param>
    /// <param name="registered">The clients that the application registered.</param>
    public static ProviderClient? Find(MethodInfo method, Type targetType, IReadOnlyList<ProviderClient> registered) =>
        Candidates(method, targetType).Select(type => Find(type, registered)).FirstOrDefault(static client => client is not null)
        ?? FromAttribute(targetType, method.DeclaringType!);

    /// <summary>The interfaces of a class that are known clients. Members that implement them need not be virtual.</summary>
    public static Type[] InterfacesOf(Type type) =>
        Array.FindAll(type.GetInterfaces(), static implemented => KnownClients.Find(implemented) is { Operations.Length: > 0 });

    private static ProviderClient? Find(Type type, IReadOnlyList<ProviderClient> registered) =>
        registered.FirstOrDefault(client => client.Matches(type)) ?? KnownClients.Find(type);

    private static Type? FindDecorator(Type service) =>
        KnownClients.Find(service) is { DecoratorTypeName: { } name }
        && service.Assembly.GetType(name) is { IsVisible: true, IsSealed: false } decorator
        && service.IsAssignableFrom(decorator)
            ? decorator
            : null;

    private static ProviderClient? FromAttribute(params Type[] types) =>
        types.Select(static type => type.GetCustomAttribute<ProviderClientAttribute>(inherit: true)).FirstOrDefault(static found => found is not null)
            is { } attribute
            ? new ProviderClient { Provider = attribute.Provider, Operations = [ConventionalClient.Operation with { StepType = attribute.StepType }] }
            : null;

    // The target's class comes first, because it says more than the interface. A class's method can also implement an interface's.
    private static IEnumerable<Type> Candidates(MethodInfo method, Type targetType) =>
        method.DeclaringType is { IsInterface: false } declaring
            ? targetType.SelfAndBases().Concat(declaring.SelfAndBases()).Concat(
                targetType.GetInterfaces().Where(implemented =>
                    !targetType.IsInterface && Array.IndexOf(targetType.GetInterfaceMap(implemented).TargetMethods, method) >= 0))
            : targetType.SelfAndBases().Append(method.DeclaringType!);
}
