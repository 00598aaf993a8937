using Autofac;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>Configures a test's model clients.</summary>
public sealed record ClientSettings
{
    /// <summary>Whether they are intercepted.</summary>
    public bool IsTraced { get; init; } = true;

    /// <summary>How many times the SDK itself retries.</summary>
    public int Retries { get; init; }

    /// <summary>The SDK's network time-out.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    public Action<OpenlayerOptions>? Configure { get; init; }

    /// <summary>Registers further services of a test.</summary>
    public Action<ContainerBuilder>? Register { get; init; }
}
