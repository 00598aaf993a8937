using Microsoft.Extensions.Configuration;

namespace Openlayer.Interception.Registration;

/// <summary>The configuration that the application gave for the options of a service collection.</summary>
internal sealed class ConfigurationSource
{
    /// <summary>Null for the section <c>Openlayer</c> of the container's configuration.</summary>
    public IConfiguration? Configuration { get; set; }
}
