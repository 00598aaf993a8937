using System.Reflection;

namespace Openlayer.Interception.Reflection;

/// <summary>Which types are part of .NET, as opposed to the application and its packages.</summary>
internal static class FrameworkTypes
{
    private static readonly string[] KeyTokens = ["7cec85d7bea7798e", "b03f5f7f11d50a3a", "b77a5c561934e089", "cc7b13ffcd2ddd51"];
    private static readonly string[] HostingKeyTokens = ["adb9793829ddae60"];

    // The name of an assembly takes microseconds.
    private static readonly TypeCache<bool> Framework = new(static type =>
        IsSigned(type.Assembly, "System", KeyTokens) || IsSigned(type.Assembly, "Microsoft.VisualBasic", KeyTokens) || type.Assembly == typeof(object).Assembly);

    private static readonly TypeCache<bool> Hosting = new(static type =>
        (type.Namespace is { } name && (IsIn(name, "Microsoft.AspNetCore") || (IsIn(name, "Microsoft.Extensions") && !IsData(name))))
        && IsSigned(type.Assembly, "Microsoft", HostingKeyTokens));

    /// <summary>Whether the type is declared by the base class library.</summary>
    public static bool IsOfFramework(this Type type) => Framework.Get(type);

    /// <summary>Whether the type is declared by ASP.NET Core or one of the Microsoft.Extensions.</summary>
    public static bool IsOfHosting(this Type type) => Hosting.Get(type);

    /// <summary>Whether a namespace is another one, or in it.</summary>
    public static bool IsIn(string name, string parent) =>
        name.StartsWith(parent, StringComparison.Ordinal) && (name.Length == parent.Length || name[parent.Length] == '.');

    private static bool IsData(string name) => IsIn(name, "Microsoft.Extensions.AI") || IsIn(name, "Microsoft.Extensions.VectorData");

    private static bool IsSigned(Assembly assembly, string prefix, string[] tokens) =>
        assembly.GetName() is { Name: { } name } identity
        && name.StartsWith(prefix, StringComparison.Ordinal)
        && identity.GetPublicKeyToken() is { Length: > 0 } token
        && Array.IndexOf(tokens, Convert.ToHexString(token).ToLowerInvariant()) >= 0;
}
