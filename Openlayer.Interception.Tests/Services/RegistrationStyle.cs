namespace Openlayer.Interception.Tests.Services;

/// <summary>How <see cref="Work"/> is registered. Every style must behave the same.</summary>
public enum RegistrationStyle
{
    InterfaceProxySingleton,
    InterfaceProxyScoped,
    ClassProxySingleton,
    ClassProxyScoped,
}
