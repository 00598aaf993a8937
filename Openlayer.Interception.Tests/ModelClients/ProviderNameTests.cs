using System.Text.RegularExpressions;
using Openlayer.Interception.ModelClients;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>Providers and models have the names that Openlayer prices.</summary>
public sealed partial class ProviderNameTests
{
    public static TheoryData<string, string> Slugs
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var row in Row().Matches(File.ReadAllText(Path.Combine(Repository.Folder, "docs", "cost.md"))).ToArray())
            {
                foreach (var name in Name().Matches(row.Groups[2].Value).ToArray())
                {
                    data.Add(name.Groups[1].Value, row.Groups[1].Value);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Slugs))]
    public void The_name_that_a_client_reports_leads_to_the_slug_that_the_docs_say(string name, string slug)
    {
        Assert.Equal(slug, ProviderDisplayName.Of(name).Provider!.ToLowerInvariant());
        Assert.Equal(slug, ProviderDisplayName.Of(name.ToUpperInvariant()).Provider!.ToLowerInvariant());
    }

    [Fact]
    public void The_docs_have_every_provider() => Assert.InRange(Slugs.Count, 40, 200);

    [Theory]
    [InlineData("openai.responses", "openai")]
    [InlineData("openai.chat", "openai")]
    [InlineData("azure-openai.responses", "azure")]
    [InlineData("anthropic.messages", "anthropic")]
    [InlineData("google.generative-ai", "gemini")]
    [InlineData("groq.chat", "groq")]
    [InlineData("xai.responses", "xai")]
    [InlineData("mistral.chat", "mistral")]
    public void The_name_of_an_API_is_never_part_of_a_slug(string name, string slug) =>
        Assert.Equal(slug, ProviderDisplayName.Of(name).Provider!.ToLowerInvariant());

    [Theory]
    [InlineData("https://my-resource.openai.azure.com/", "azure")]
    [InlineData("https://my-resource.cognitiveservices.azure.com/openai", "azure")]
    [InlineData("https://api.groq.com/openai/v1", "groq")]
    [InlineData("https://api.mistral.ai/v1", "mistral")]
    [InlineData("https://api.deepseek.com", "deepseek")]
    [InlineData("https://openrouter.ai/api/v1", "openrouter")]
    [InlineData("https://generativelanguage.googleapis.com/v1beta/openai/", "gemini")]
    [InlineData("https://us-central1-aiplatform.googleapis.com/v1", "vertex_ai")]
    [InlineData("https://api.openai.com/v1", "openai")]
    [InlineData("https://api.groq.com.example.org/v1", "openai")]
    [InlineData("http://localhost:4000", "openai")]
    public void A_client_for_OpenAI_has_the_provider_whose_address_it_calls(string endpoint, string slug)
    {
        Assert.Equal(slug, ProviderDisplayName.Of("openai", new Uri(endpoint)).Provider!.ToLowerInvariant());
        Assert.Equal("anthropic", ProviderDisplayName.Of("anthropic", new Uri(endpoint)).Provider!.ToLowerInvariant());
    }

    [Theory]
    [InlineData("gemini", "models/gemini-2.5-flash", "gemini", "gemini-2.5-flash")]
    [InlineData("gemini", "gemini-2.5-flash", "gemini", "gemini-2.5-flash")]
    [InlineData("vertex_ai", "projects/p/locations/l/publishers/google/models/gemini-2.5-pro", "vertex_ai", "gemini-2.5-pro")]
    [InlineData("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "bedrock", "anthropic.claude-sonnet-4-5-20250929-v1:0")]
    [InlineData("bedrock", "anthropic.claude-sonnet-4-5-20250929-v1:0", "bedrock", "anthropic.claude-sonnet-4-5-20250929-v1:0")]
    [InlineData("bedrock", "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.amazon.nova-pro-v1:0", "bedrock", "amazon.nova-pro-v1:0")]
    [InlineData("openai", "openai/gpt-4o", "openai", "gpt-4o")]
    [InlineData("openai", "gpt-4o", "openai", "gpt-4o")]
    [InlineData("openai", "anthropic/claude-sonnet-4-5", "anthropic", "claude-sonnet-4-5")]
    [InlineData("openai", "gemini/models/gemini-2.5-flash", "gemini", "gemini-2.5-flash")]
    [InlineData("openai", "azure/my-deployment", "azure", "my-deployment")]
    [InlineData("openai", "bedrock/us.amazon.nova-pro-v1:0", "bedrock", "amazon.nova-pro-v1:0")]
    [InlineData("openai", "meta-llama/Llama-3.1-8B", "openai", "meta-llama/Llama-3.1-8B")]
    [InlineData("openai", "/model", "openai", "/model")]
    [InlineData("openai", "openai/", "openai", "openai/")]
    [InlineData("groq", "openai/gpt-oss-120b", "groq", "openai/gpt-oss-120b")]
    [InlineData("groq", "groq/llama-3.3-70b-versatile", "groq", "llama-3.3-70b-versatile")]
    [InlineData("openrouter", "openai/gpt-4o", "openrouter", "openai/gpt-4o")]
    [InlineData("ollama", "llama3.2:3b", "ollama", "llama3.2:3b")]
    [InlineData("mistral", "mistral/mistral-large-latest", "mistral", "mistral-large-latest")]
    public void A_model_has_no_path_region_or_slug_before_its_name(string name, string requested, string slug, string model)
    {
        var (provider, priced) = ProviderDisplayName.Of(name).Resolve(requested);

        Assert.Equal((slug, model), (provider.Provider!.ToLowerInvariant(), priced));
    }

    [Fact]
    public void An_unknown_provider_keeps_its_name_and_model()
    {
        var (provider, model) = ProviderDisplayName.Of("Acme.Cloud").Resolve("a/b");

        Assert.Equal(("Acme.Cloud", "a/b"), (provider.Provider, model));
    }

    [GeneratedRegex(@"^\| `([a-z_]+)` \| (`[^|]*) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Name();
}
