using System.Text.RegularExpressions;
using Openlayer.Interception.ModelClients.Clients;
using Openlayer.Interception.ModelClients.Paths;
using Openlayer.Interception.ModelClients.Proxies;

namespace Openlayer.Interception.Tests.Documentation;

public sealed partial class ModelClientDocumentTests
{
    private static readonly string Document = File.ReadAllText(Path.Combine(Repository.Folder, "docs", "model-clients.md"));

    [Fact]
    public void Every_registration_of_a_model_client_is_compiled()
    {
        string[] compiled =
        [
            Path.Combine(Repository.Folder, "Openlayer.Interception.Tests", "ModelClients", "TestedClients.cs"),
            Path.Combine(Repository.Folder, "Openlayer.Interception.Tests", "ModelClients", "MediaClients.cs"),
            Path.Combine(Repository.Folder, "Openlayer.Interception.Tests", "ModelClients", "RetrieverClientTests.cs"),
            Path.Combine(Repository.Folder, "Openlayer.Interception.Tests", "Azure", "TestedClients.cs"),
            Path.Combine(Repository.Folder, "samples", "StreamingAgent", "Program.cs"),
        ];
        var sources = Whitespace().Replace(string.Concat(compiled.Select(File.ReadAllText)), "");

        var registrations = Registration().Matches(Document).Select(static match => Whitespace().Replace(match.Groups[1].Value, "")).ToArray();

        Assert.Equal(27, registrations.Length);
        Assert.All(registrations, registration => Assert.Contains(registration, sources, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_example_is_compiled()
    {
        var folder = Path.Combine(Repository.Folder, "Openlayer.Interception.Tests", "Documentation");
        string[] compiled = ["Examples.cs", "ChatExamples.cs"];
        var sources = Whitespace().Replace(string.Concat(compiled.Select(file => File.ReadAllText(Path.Combine(folder, file)))), "");

        var examples = Example().Matches(Document).Select(static match => Whitespace().Replace(match.Groups[1].Value, "")).ToArray();

        Assert.NotEmpty(examples);
        Assert.All(examples, example => Assert.Contains(example, sources, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_conventional_name_is_documented_in_its_order()
    {
        var client = ConventionalClient.Operation;
        string[] expected =
        [
            Row("prompt", client.Prompt),
            Row("instructions", client.Instructions),
            Row("model", client.RequestedModel),
            .. client.Parameters.Select(static parameter => Row($"parameter {parameter.Name}", parameter.Path)),
            Row("tools", client.Tools),
            Row("answer", client.Content),
            Row("usage", client.Usage),
            Row("prompt tokens, from the usage", client.PromptTokens),
            Row("completion tokens, from the usage", client.CompletionTokens),
            Row("total tokens, from the usage", client.Tokens),
            Row("model that answered", client.ServedModel),
            .. client.Metadata.Where(static entry => entry.Name != "servedModel").Select(static entry => Row($"metadata {entry.Name}", entry.Path)),
        ];

        Assert.Contains($"| --- | --- |\n{string.Concat(expected)}\n", Document, StringComparison.Ordinal);
    }

    [Fact]
    public void The_limit_of_an_event_is_the_documented_one() => Assert.Contains(
        $"over {ServerSentEventStream.MaxEventBytes / 1024 / 1024} MiB", Document, StringComparison.Ordinal);

    private static string Row(string value, params ValuePath[] paths) =>
        $"| {value} | `{string.Join(", ", paths.AsEnumerable()).Replace(", ", "`, `", StringComparison.Ordinal)}` |\n";

    [GeneratedRegex(@"\| `(builder\.Register[^`]*)` \|")]
    private static partial Regex Registration();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();
}
