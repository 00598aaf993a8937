using Castle.DynamicProxy;

namespace Autofac.Extras.DynamicProxy;

/// <summary>The dynamic assembly that proxy types are generated in.</summary>
internal static class ProxyAssembly
{
    /// <summary>Shared by all containers, so that a proxy type is generated once. Safe for use by several threads.</summary>
    public static readonly ProxyGenerator Generator = new();
}
