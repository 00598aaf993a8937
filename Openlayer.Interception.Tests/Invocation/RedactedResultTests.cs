using System.Text.Json;

namespace Openlayer.Interception.Tests.Invocation;

/// <summary>Secrets by the names that the signature of a method gives: of tuples, columns and the method itself.</summary>
public sealed class RedactedResultTests : IAsyncDisposable
{
    private const string Secret = "hunter2";

    private readonly InMemoryTracePublisher _published = new();
    private readonly OpenlayerTracer _tracer;

    public RedactedResultTests() => _tracer = new OpenlayerTracer(new OpenlayerOptions { SendToOpenlayer = false, Publishers = { _published } });

    private IVault Vault => _tracer.Intercept<IVault>(new VaultService());

    public interface IVault
    {
        void Read(out (string User, string Password) login, ref (string Name, string ApiKey)[] keys);

        [return: Promote("login")]
        (string User, string Password) Login();

        Account Find();

        void Store([Promote("token")] string value);

        [return: Promote("api_key")]
        string Value();

        string GetPassword(string user);

        Task<string> CreateAccessTokenAsync();

        string GetPasswordPolicy();

        bool HasPassword();
    }

    public ValueTask DisposeAsync() => _tracer.DisposeAsync();

    [Fact]
    public async Task Named_elements_of_tuples_are_redacted_in_out_arguments()
    {
        (string, string)[] keys = [("a", Secret)];
        Vault.Read(out _, ref keys);

        var root = await RootAsync();

        Assert.Equal("""{"login":["ada","[redacted]"],"keys":[["a","[redacted]"]]}""", JsonSerializer.Serialize(root.Metadata["outArguments"]));
    }

    [Fact]
    public async Task Named_elements_of_tuples_are_redacted_in_promoted_columns()
    {
        using (_tracer.StartStep("root"))
        {
            Vault.Login();
            Vault.Find();
        }

        var trace = await TraceAsync();

        Assert.Equal("""["ada","[redacted]"]""", JsonSerializer.Serialize(trace.Metadata["login"]));
        Assert.Equal("""["ada","[redacted]"]""", JsonSerializer.Serialize(trace.Metadata["account"]));
    }

    [Fact]
    public async Task A_column_with_the_name_of_a_secret_is_redacted()
    {
        using (_tracer.StartStep("root"))
        {
            Vault.Store(Secret);
            Vault.Value();
        }

        var trace = await TraceAsync();

        Assert.Equal(("[redacted]", "[redacted]"), (trace.Metadata["token"], trace.Metadata["api_key"]));
        Assert.Equal("[redacted]", trace.Root.Steps[0].Inputs["value"]);
    }

    [Fact]
    public async Task A_text_that_a_method_returns_is_redacted_if_the_method_is_named_after_a_secret()
    {
        using (_tracer.StartStep("root"))
        {
            Vault.GetPassword("ada");
            await Vault.CreateAccessTokenAsync();
            Vault.GetPasswordPolicy();
            Vault.HasPassword();
        }

        var trace = await TraceAsync();

        Assert.Equal(["[redacted]", "[redacted]", "long", true], trace.Root.Steps.Select(static step => step.Output));
        Assert.Equal("ada", trace.Root.Steps[0].Inputs["user"]);
    }

    private async Task<OpenlayerTrace> TraceAsync()
    {
        await _tracer.FlushAsync(TestContext.Current.CancellationToken);
        return Assert.Single(_published.Traces);
    }

    private async Task<Step> RootAsync() => (await TraceAsync()).Root;

    public sealed class Account
    {
        [Promote("account")]
        public (string User, string Password) Login => ("ada", Secret);
    }

    private sealed class VaultService : IVault
    {
        public void Read(out (string User, string Password) login, ref (string Name, string ApiKey)[] keys) => login = ("ada", Secret);

        public (string User, string Password) Login() => ("ada", Secret);

        public Account Find() => new();

        public void Store(string value)
        {
        }

        public string Value() => Secret;

        public string GetPassword(string user) => Secret;

        public Task<string> CreateAccessTokenAsync() => Task.FromResult(Secret);

        public string GetPasswordPolicy() => "long";

        public bool HasPassword() => true;
    }
}
