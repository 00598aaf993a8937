using System.Reflection;

namespace Openlayer.Interception.ModelClients.Functions;

/// <summary>The layer of Microsoft.Extensions.AI that calls functions on behalf of a model, as of 10.11. Thread-safe.</summary>
internal static class FunctionInvocation
{
    private const string Assembly = "Microsoft.Extensions.AI";

    private static Type? _clientType;
    private static Func<object?>? _current;

    /// <summary>The class of the layer. Null if the application does not use it.</summary>
    public static Type? ClientType => _clientType ??= Find();

    /// <summary>Describes the call that the calling code is in. Null outside any.</summary>
    public static object? Current => (_current ??= Getter())?.Invoke();

    private static Type? Find() => Array.Find(AppDomain.CurrentDomain.GetAssemblies(), static assembly => assembly.GetName().Name == Assembly)
        ?.GetType("Microsoft.Extensions.AI.FunctionInvokingChatClient");

    private static Func<object?>? Getter() =>
        ClientType?.GetProperty("CurrentContext", BindingFlags.Public | BindingFlags.Static)?.GetMethod is { ReturnType.IsValueType: false } getter
            ? getter.CreateDelegate<Func<object?>>()
            : null;
}
