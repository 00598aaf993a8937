namespace Openlayer.Interception.Tests.Services;

/// <summary>How <see cref="Work"/> is registered. The rules hold for each.</summary>
public enum RegistrationStyle
{
    InterfaceProxySingleton,
    InterfaceProxyScoped,
    ClassProxySingleton,
    ClassProxyScoped,
}
