using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Openlayer.Interception.Options;
using Openlayer.Interception.Publishing.Delivery;

namespace Openlayer.Interception.Tests.Documentation;

public sealed partial class DocumentationTests
{
    private static readonly string OptionsDocument = File.ReadAllText(Path.Combine(Repository.Folder, "docs", "options.md"));

    public static TheoryData<string> Documents =>
        [.. Directory.GetFiles(Path.Combine(Repository.Folder, "docs"), "*.md").Select(static path => Path.Combine("docs", Path.GetFileName(path))), "README.md"];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_example_is_compiled(string document)
    {
        string[] compiled =
        [
            .. Directory.GetFiles(Path.Combine(Repository.Folder, "Openlayer.Interception.Tests", "Documentation"), "*.cs"),
            .. Directory.GetFiles(Path.Combine(Repository.Folder, "Openlayer.Interception.Tests", "Web"), "*.cs"),
            .. Directory.GetFiles(Path.Combine(Repository.Folder, "samples", "QuickStart"), "*.cs"),
            .. Directory.GetFiles(Path.Combine(Repository.Folder, "samples", "WebApi"), "*.cs"),
        ];
        var sources = string.Join(' ', compiled.Select(static file => OneSpace(File.ReadAllText(file))));

        var examples = Example().Matches(File.ReadAllText(Path.Combine(Repository.Folder, document))).Select(static match => match.Groups[1].Value);

        Assert.All(examples, example => Assert.Contains(OneSpace(example), sources, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_to_a_file_leads_to_one(string document)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Folder, document))!;

        var links = Link().Matches(File.ReadAllText(Path.Combine(Repository.Folder, document)))
            .Select(static match => match.Groups[1].Value.Split('#')[0])
            .Where(static link => link.Length > 0 && !link.StartsWith("http", StringComparison.Ordinal));

        Assert.All(links, link => Assert.True(File.Exists(Path.Combine(folder, link)), $"{document} links to {link}, which does not exist."));
    }

    [Fact]
    public void Every_test_that_the_comparison_names_exists_and_every_row_names_one()
    {
        var tests = typeof(DocumentationTests).Assembly.GetTypes()
            .SelectMany(static type => type.GetMethods().Where(static method => method.IsDefined(typeof(FactAttribute))).Select(method => $"{type.Name}.{method.Name}"))
            .ToHashSet();
        var rows = File.ReadAllLines(Path.Combine(Repository.Folder, "docs", "platform.md"))
            .Where(static line => line.StartsWith('|') && !line.StartsWith("| ---", StringComparison.Ordinal) && !line.EndsWith("| tests |", StringComparison.Ordinal))
            .Select(static line => line.Trim('|').Split('|')[^1])
            .ToArray();

        Assert.NotEmpty(rows);
        Assert.All(rows, row =>
        {
            var named = TestName().Matches(row).Select(static match => match.Groups[1].Value).ToArray();
            Assert.NotEmpty(named);
            Assert.All(named, test => Assert.Contains(test, tests));
        });
    }

    [Fact]
    public void Every_type_that_the_architecture_page_names_exists()
    {
        var library = Path.Combine(Repository.Folder, "Openlayer.Interception");
        var known = Directory.EnumerateFiles(Repository.Folder, "*.cs", SearchOption.AllDirectories).Select(Path.GetFileNameWithoutExtension)
            .Concat(Directory.EnumerateDirectories(library).Select(Path.GetFileName))
            .Concat(Enum.GetNames<SenderState>())
            .Concat(["Castle", "Autofac", "ExecutionContext", "AsyncLocal", "MoveNextAsync", "DisposeAsync", "EnableInterfaceInterceptors", "CircuitBreakDuration"])
            .ToHashSet();

        var named = TypeName().Matches(File.ReadAllText(Path.Combine(Repository.Folder, "docs", "architecture.md"))).Select(static match => match.Groups[1].Value);

        Assert.All(named, name => Assert.Contains(name, known));
    }

    [Fact]
    public void Every_option_is_documented_with_its_default_range_and_environment_variable()
    {
        var rows = OptionRow().Matches(OptionsDocument).ToDictionary(static match => match.Groups[1].Value, static match => match.Value);
        var options = Options(new OpenlayerOptions(), "").ToArray();

        Assert.Equal(options.Select(static option => option.Name).Order(StringComparer.Ordinal), rows.Keys.Order(StringComparer.Ordinal));
        Assert.All(options, option =>
        {
            var row = rows[option.Name].Split('|', StringSplitOptions.TrimEntries);
            if (option.Default is { } value)
            {
                Assert.Equal(value, row[2]);
            }

            Assert.Equal(option.Range, row[3]);
            Assert.Equal(option.Variable ?? "", row[4].Split(':')[0].Trim('`'));
        });
    }

    private static IEnumerable<(string Name, string? Default, string Range, string? Variable)> Options(object owner, string prefix)
    {
        foreach (var property in owner.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            var value = property.GetValue(owner);
            if (value is CaptureOptions or AttachmentOptions or OfflineBufferOptions or ActivityOptions)
            {
                foreach (var nested in Options(value, $"{property.Name}."))
                {
                    yield return nested;
                }

                continue;
            }

            var range = property.GetCustomAttribute<RangeAttribute>() is { } limits ? Range(limits) : property.PropertyType == typeof(Uri) ? "http or https" : "";
            yield return (prefix + property.Name, Default(property.Name, value), range, property.GetCustomAttribute<FromEnvironmentAttribute>()?.Variable);
        }
    }

    /// <summary>The default as the table writes it. Null for defaults that the table describes in words.</summary>
    private static string? Default(string name, object? value) => value switch
    {
        bool truth => truth ? "true" : "false",
        int or long when name is "MaxBatchBytes" or "MaxQueueBytes" or "MaxTraceBytes" or "MaxBytes" or "MaxBytesInMemory" or "MaxTotalBytesInMemory" or "MaxTotalBytesOnDisk" =>
            string.Create(CultureInfo.InvariantCulture, $"{Convert.ToInt64(value, CultureInfo.InvariantCulture) / 1024 / 1024} MiB"),
        int or long => string.Create(CultureInfo.InvariantCulture, $"{value:N0}"),
        double number => number.ToString(CultureInfo.InvariantCulture),
        TimeSpan time => Duration(time),
        Uri address => $"`{address}`",
        _ => null,
    };

    private static string Range(RangeAttribute limits)
    {
        var minimum = Limit(limits.Minimum);
        var isOpen = Limit(limits.Maximum) is "2,147,483,647" or "9,223,372,036,854,775,807";
        return isOpen ? $"at least {minimum}" : $"{minimum} to {Limit(limits.Maximum)}";
    }

    private static string Limit(object limit) => limit switch
    {
        string text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number.ToString("N0", CultureInfo.InvariantCulture),
        string text => Duration(TimeSpan.Parse(text, CultureInfo.InvariantCulture)),
        TimeSpan time => Duration(time),
        double number => number.ToString(CultureInfo.InvariantCulture),
        _ => ((IFormattable)limit).ToString("N0", CultureInfo.InvariantCulture),
    };

    private static string Duration(TimeSpan time)
    {
        var (count, unit) = time switch
        {
            { Ticks: 0 } => (0, ""),
            { TotalDays: >= 1 } => (time.TotalDays, "day"),
            { TotalMinutes: > 1 } => (time.TotalMinutes, "minute"),
            { TotalSeconds: >= 1 } => (time.TotalSeconds, "second"),
            _ => (time.TotalMilliseconds, "millisecond"),
        };
        return count == 0 ? "zero" : string.Create(CultureInfo.InvariantCulture, $"{count} {unit}{(count == 1 ? "" : "s")}");
    }

    private static string OneSpace(string code) => Whitespace().Replace(code, " ").Trim();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();

    [GeneratedRegex("`([A-Z][A-Za-z]+)(?:\\.[A-Z][A-Za-z]+)?`")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"`([A-Za-z]+\.\w+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^\| `([A-Za-z.]+)` \|.*$", RegexOptions.Multiline)]
    private static partial Regex OptionRow();
}
