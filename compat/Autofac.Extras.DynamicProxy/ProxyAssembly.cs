using Castle.DynamicProxy;

namespace Autofac.Extras.DynamicProxy;

/// <summary>The dynamic assembly that proxy types are generated in.</summary>
internal static class ProxyAssembly
{
    /// <summary>Shared by all containers, so that a proxy type is generated once. Safe for use by several threads.</summary>
    public static readonly ProxyGenerator Generator = new();

    /// <summary>Whether a proxy can use the type: it is public, or internal and visible to this assembly, and so are its element type, declaring type and type arguments.</summary>
    public static bool CanSee(Type type) =>
        type.IsVisible
        || (type.HasElementType
            ? CanSee(type.GetElementType()!)
            : ProxyUtil.IsAccessible(type)
                && (type.DeclaringType is null || CanSee(type.DeclaringType))
                && type.GenericTypeArguments.All(CanSee));
}
