using System.Reflection;
using Openlayer.Interception.Capture;

namespace Openlayer.Interception.ModelClients;

/// <summary>Asks a client for a service with <c>GetService(Type, object)</c>, which the layers of a pipeline pass on.</summary>
internal static class ClientService
{
    private static readonly Type[] Parameters = [typeof(Type), typeof(object)];

    /// <summary>The service. Null if no layer has it, or the client cannot be asked.</summary>
    public static object? Of(object client, Type service)
    {
        DeferredSuppression.Enter();
        return Method(client)?.Invoke(client, [service, null]);
    }

    private static MethodInfo? Method(object client) =>
        client.GetType().GetInterfaces().Append(client.GetType())
            .Select(static type => type.GetMethod("GetService", Parameters))
            .FirstOrDefault(static method => method is not null);
}
