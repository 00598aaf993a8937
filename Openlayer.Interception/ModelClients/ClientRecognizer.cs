using System.Reflection;
using Openlayer.Interception.ModelClients.Clients;

namespace Openlayer.Interception.ModelClients;

/// <summary>
/// The table of model clients that are recognised. They are known by the names of their types, without a reference to their packages;
/// which version of a package is used is the application's business.
/// </summary>
internal static class ClientRecognizer
{
    private static readonly ProviderClient[] Known =
    [
        .. ExtensionsAI.Clients,
        .. OpenAI.Clients,
        .. Anthropic.Clients,
        .. Ollama.Clients,
        .. SemanticKernel.Clients,
        .. Agents.Clients,
    ];

    /// <summary>
    /// The client that a method belongs to. Null if it is an ordinary service: neither the interface or class that declares the method,
    /// nor the class of the target, is one that is known, is named by the application or says so itself.
    /// </summary>
    /// <param name="method">The method that is called.</param>
    /// <param name="targetType">The class of the target.</param>
    /// <param name="named">The clients that the application names.</param>
    public static ProviderClient? Find(MethodInfo method, Type targetType, IReadOnlyList<ProviderClient> named) =>
        Candidates(method, targetType).Select(type => Find(type, named)).FirstOrDefault(static client => client is not null)
        ?? Described(targetType, method.DeclaringType!);

    private static ProviderClient? Described(params Type[] types) =>
        types.Select(static type => type.GetCustomAttribute<ProviderClientAttribute>(inherit: true)).FirstOrDefault(static found => found is not null)
            is { } attribute
            ? new ProviderClient { Provider = attribute.Provider, Operations = [ConventionalClient.Operation with { StepType = attribute.StepType }] }
            : null;

    private static ProviderClient? Find(Type type, IReadOnlyList<ProviderClient> named) =>
        named.FirstOrDefault(client => client.Matches(type)) ?? Array.Find(Known, client => client.Matches(type));

    // The class of the target says more than the interface does; a class's method is also that of an interface which it implements.
    private static IEnumerable<Type> Candidates(MethodInfo method, Type targetType) =>
        method.DeclaringType is { IsInterface: false } declaring
            ? Hierarchy(targetType).Concat(Hierarchy(declaring)).Concat(
                targetType.GetInterfaces().Where(implemented =>
                    !targetType.IsInterface && Array.IndexOf(targetType.GetInterfaceMap(implemented).TargetMethods, method) >= 0))
            : Hierarchy(targetType).Append(method.DeclaringType!);

    private static IEnumerable<Type> Hierarchy(Type type)
    {
        for (var declaring = type; declaring is not null; declaring = declaring.BaseType)
        {
            yield return declaring;
        }
    }
}
