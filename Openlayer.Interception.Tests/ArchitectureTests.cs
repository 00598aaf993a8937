using System.Text.RegularExpressions;

namespace Openlayer.Interception.Tests;

/// <summary>The library's folders refer to each other in one direction. The public types are in one namespace, so types are mapped by their files.</summary>
public sealed partial class ArchitectureTests
{
    private const string Root = "(root)";

    // The folders that the files of a folder may name, besides their own.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        [Root] = ["Guardrails", "Invocation", "Streaming", "ModelClients", "Telemetry", "Tracing", "Capture", "Publishing", "Options", "Diagnostics", "Annotations", "Reflection"],
        ["Registration"] = [Root, "Guardrails", "Invocation", "Tracing", "Publishing", "Annotations", "Options", "Diagnostics", "Reflection"],
        ["Invocation"] = ["Streaming", "ModelClients", "Guardrails", "Telemetry", "Tracing", "Capture", "Annotations", "Options", "Diagnostics", "Reflection"],
        ["ModelClients"] = ["Streaming", "Tracing", "Capture", "Annotations", "Options", "Diagnostics", "Reflection"],
        ["Streaming"] = ["Tracing", "Capture", "Options", "Diagnostics", "Reflection"],
        ["Guardrails"] = ["Streaming", "Tracing", "Capture", "Annotations", "Options", "Diagnostics", "Reflection"],
        ["Publishing"] = ["Tracing", "Capture", "Options", "Diagnostics", "Reflection"],
        ["Telemetry"] = ["ModelClients", "Tracing", "Capture", "Options", "Diagnostics", "Reflection"],
        ["Tracing"] = ["Capture", "Options", "Diagnostics", "Reflection"],
        ["Capture"] = ["Annotations", "Options", "Diagnostics", "Reflection"],
        ["Annotations"] = [],
        ["Options"] = ["Reflection"],
        ["Diagnostics"] = [],
        ["Reflection"] = [],
    };

    // Public types that a folder names although it may not name their folder. The first of each pair is the folder that names.
    private static readonly HashSet<(string Folder, string Type)> Contracts =
    [
        // The tracer answers for its container.
        (Root, "ServiceDescription"),

        // Methods of a client that return another client put the same interceptor into it.
        ("Invocation", "OpenlayerInterceptor"),
        ("ModelClients", "OpenlayerInterceptor"),

        // What users set in the options and on a trace.
        ("Options", "ITracePublisher"),
        ("Options", "FlushFailure"),
        ("Options", "OpenlayerTrace"),
        ("Options", "StepType"),
        ("Tracing", "FlushFailure"),
        ("Annotations", "StepType"),

        // The defaults and the parsed form of options.
        ("Options", "RedactedNames"),
        ("Options", "ProviderClient"),
        ("Options", "ProviderClientRegistry"),
        ("Options", "GuardrailRegistry"),
        ("Options", "GuardrailRegistration"),
    ];

    // Properties of the options that are called like a type.
    private static readonly HashSet<(string Folder, string Type)> Homonyms = [("Options", "OfflineBuffer"), (Root, "OfflineBuffer")];

    private static readonly string Library = Path.Combine(Repository.Folder, "Openlayer.Interception");

    private static readonly SourceFile[] Files =
    [
        .. from path in Directory.EnumerateFiles(Library, "*.cs", SearchOption.AllDirectories)
           let relative = Path.GetRelativePath(Library, path).Replace('\\', '/')
           where !relative.StartsWith("obj/", StringComparison.Ordinal) && !relative.StartsWith("bin/", StringComparison.Ordinal)
           select new SourceFile(relative, NotCode().Replace(File.ReadAllText(path), "")),
    ];

    [Fact]
    public void Folders_name_only_the_folders_below_them()
    {
        var folders = Files.SelectMany(static file => file.Types.Select(type => (type, file.Folder)))
            .GroupBy(static declared => declared.type)
            .ToDictionary(static declared => declared.Key, static declared => declared.First().Folder);

        var violations = from file in Files
                         from name in Word().Matches(file.Code).Select(static word => word.Value).Distinct()
                         let folder = folders.GetValueOrDefault(name, file.Folder)
                         where folder != file.Folder
                             && !Allowed[file.Folder].Contains(folder)
                             && !Contracts.Contains((file.Folder, name))
                             && !Homonyms.Contains((file.Folder, name))
                         select $"{file.Path} names {name} of {folder}";

        Assert.Empty(violations);
    }

    [Fact]
    public void The_allowed_arrows_have_no_cycle()
    {
        var left = new Dictionary<string, string[]>(Allowed);
        while (left.FirstOrDefault(folder => !folder.Value.Any(left.ContainsKey)) is { Key: { } leaf })
        {
            left.Remove(leaf);
        }

        Assert.Empty(left);
    }

    [Fact]
    public void Tracing_knows_neither_proxies_nor_containers_nor_the_network()
    {
        var named = from file in Files
                    where file.Folder == "Tracing"
                    from use in Using().Matches(file.Code).Select(static use => use.Groups[1].Value)
                    where use.StartsWith("Castle", StringComparison.Ordinal)
                        || use.StartsWith("Autofac", StringComparison.Ordinal)
                        || use.StartsWith("System.Net", StringComparison.Ordinal)
                        || use.StartsWith("System.IO", StringComparison.Ordinal)
                    select $"{file.Path} uses {use}";

        Assert.Empty(named);
    }

    [Fact]
    public void A_file_holds_one_type_which_it_is_named_after() => Assert.Empty(
        from file in Files
        where file.Types is not [var only] || only != Path.GetFileNameWithoutExtension(file.Path)
        select $"{file.Path}: {string.Join(", ", file.Types)}");

    [Fact]
    public void A_namespace_is_its_folder_unless_its_types_are_public_and_repeats_no_word()
    {
        var namespaces = Files.Select(static file => (file.Path, Namespace: Namespace().Match(file.Code).Groups[1].Value)).ToArray();

        Assert.Empty(
            from file in namespaces
            let folder = Path.GetDirectoryName(file.Path)!.Replace('\\', '/').Replace('/', '.')
            where file.Namespace != "Openlayer.Interception" && file.Namespace != $"Openlayer.Interception.{folder}"
            select file.Path);
        Assert.DoesNotContain(namespaces, static file => file.Namespace.Split('.') is var words && words.Distinct().Count() < words.Length);
    }

    [GeneratedRegex("""//.*|"(\\.|[^"\\\n])*"|^using .*Openlayer.*$""", RegexOptions.Multiline)]
    private static partial Regex NotCode();

    [GeneratedRegex(@"\b[A-Z]\w*\b")]
    private static partial Regex Word();

    [GeneratedRegex(@"^using (?:static )?([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    private sealed partial record SourceFile(string Path, string Code)
    {
        public string Folder { get; } = Path.Contains('/', StringComparison.Ordinal) ? Path[..Path.IndexOf('/', StringComparison.Ordinal)] : Root;

        public string[] Types { get; } = [.. Declaration().Matches(Code).Select(static declared => declared.Groups[1].Value)];

        [GeneratedRegex(@"^(?:public |internal |file )(?:static |sealed |abstract |partial |readonly |ref )*(?:class|struct|interface|enum|record struct|record class|record)\s+(\w+)", RegexOptions.Multiline)]
        private static partial Regex Declaration();
    }
}
