using Autofac;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>How a test's model clients are set up.</summary>
public sealed record ClientSettings
{
    /// <summary>Whether they are intercepted; else they are as their SDKs make them.</summary>
    public bool IsTraced { get; init; } = true;

    /// <summary>How often the SDK itself tries again.</summary>
    public int Retries { get; init; }

    /// <summary>How long the SDK waits for an answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    public Action<OpenlayerOptions>? Configure { get; init; }

    /// <summary>Registers what a test needs besides.</summary>
    public Action<ContainerBuilder>? Register { get; init; }
}
