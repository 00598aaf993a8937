using System.Reflection;

namespace Openlayer.Interception.Tests;

/// <summary>The source tree that the tests were built from.</summary>
internal static class Repository
{
    public static string Folder { get; } = PathOf("Repository");

    /// <summary>The path that the project file stores under <paramref name="key"/>.</summary>
    public static string PathOf(string key) => typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == key).Value!;
}
