using System.Reflection;
using System.Text.RegularExpressions;

namespace Openlayer.Interception.Tests.Documentation;

public sealed partial class ReadmeTests
{
    private static readonly string Repository = typeof(ReadmeTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(static metadata => metadata.Key == "Repository").Value!;

    private static readonly string Readme = File.ReadAllText(Path.Combine(Repository, "README.md"));

    [Fact]
    public void Every_example_is_compiled()
    {
        string[] compiled =
        [
            Path.Combine(Repository, "Openlayer.Interception.Tests", "Documentation", "ReadmeExamples.cs"),
            .. Directory.GetFiles(Path.Combine(Repository, "samples", "QuickStart"), "*.cs"),
        ];
        var sources = string.Join(' ', compiled.Select(static file => OneSpace(File.ReadAllText(file))));

        var examples = Example().Matches(Readme).Select(static match => match.Groups[1].Value).ToArray();

        Assert.NotEmpty(examples);
        Assert.All(examples, example => Assert.Contains(OneSpace(example), sources, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_option_is_in_the_table()
    {
        var options = typeof(OpenlayerOptions).GetProperties().Where(static option => option.PropertyType != typeof(CaptureOptions) && option.PropertyType != typeof(OfflineBufferOptions))
            .Select(static option => option.Name)
            .Concat(typeof(CaptureOptions).GetProperties().Select(static option => $"Capture.{option.Name}"))
            .Concat(typeof(OfflineBufferOptions).GetProperties().Select(static option => $"OfflineBuffer.{option.Name}"));

        Assert.All(options, static option => Assert.Contains($"\n| `{option}` |", Readme, StringComparison.Ordinal));
    }

    private static string OneSpace(string code) => Whitespace().Replace(code, " ").Trim();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
