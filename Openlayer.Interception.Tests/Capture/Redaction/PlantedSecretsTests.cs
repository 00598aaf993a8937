using System.Text;
using Openlayer.Interception.Publishing.Rows;

namespace Openlayer.Interception.Tests.Capture.Redaction;

public sealed class PlantedSecretsTests
{
    // By names that every cloud, framework and SDK uses.
    private static readonly string[] Names =
    [
        "password", "Password", "userPassword", "db_password", "PGPASSWORD", "passwd", "pwd", "DbPwd", "pass", "smtpPass", "passphrase", "passcode", "pin", "otp", "jwt", "token", "idToken",
        "sasToken", "accessToken", "refresh_token", "bearerToken", "authToken", "csrfToken", "botToken", "GITHUB_TOKEN", "apiKey", "APIKEY", "api_key", "OPENAI_API_KEY", "accountKey",
        "accessKey", "AWS_SECRET_ACCESS_KEY", "secretKey", "privateKey", "signingKey", "encryptionKey", "sharedAccessKey", "sharedAccessSignature", "clientSecret", "client_secret", "secret",
        "webhookSecret", "credential", "credentials", "connectionString", "connStr", "authorization", "cookie", "sessionCookie", "Db:Password", "Jwt:Key", "apıkey", "ConnectionStrİng",
        "subscriptionKey", "functionKey", "masterKey", "deployKey", "licenseKey", "sshKey", "personalAccessToken", "cvv",
        "verificationCode", "storageKey", "hmacKey",
    ];

    private static readonly string[] Headers =
    [
        "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Auth-Token", "X-Api-Key", "Ocp-Apim-Subscription-Key", "x-functions-key", "X-Amz-Security-Token", "X-Vault-Token",
        "PRIVATE-TOKEN", "x-goog-api-key", "DD-API-KEY", "X-CSRF-Token", "X-Shopify-Access-Token",
    ];

    private static readonly string[] Parameters = ["sig", "signature", "api_key", "key", "token", "code", "access_token", "X-Amz-Signature", "client_secret", "password"];

    [Fact]
    public async Task No_planted_secret_is_seen_in_a_row_or_by_a_publisher()
    {
        var planted = 0;
        var publisher = new InMemoryTracePublisher();
        var options = new OpenlayerOptions { SendToOpenlayer = false, Publishers = { publisher } };
        await using var tracer = new OpenlayerTracer(options);
        var vault = tracer.Intercept<IVault>(new Vault());
        using (var scope = tracer.StartStep("root", StepType.ChatCompletion))
        {
            var step = Assert.IsType<ChatCompletionStep>(scope.Step);
            foreach (var name in Names)
            {
                step.Metadata[name] = Next();
                step.Inputs["json " + name] = $$"""{"user":"ada","{{name}}":"{{Next()}}"}""";
            }

            var headers = Headers.ToDictionary(static header => header, _ => Next());
            vault.Send(headers, string.Join('&', Parameters.Select(parameter => $"{parameter}={Next()}").Prepend("https://host/?page=1")));
            vault.Login(("ada", Next()), Next());
            Assert.Throws<InvalidOperationException>(() => vault.Fail(new InvalidOperationException($"https://host/?sig={Next()} and Server=x;Password={Next()};")));
            step.RecordException(new InvalidOperationException($"postgres://ada:{Next()}@db/orders"));
            step.RawOutput = new { choices = new[] { new { arguments = $$"""{"password":"{{Next()}}","query":"{\"api_key\":\"{{Next()}}""" } } };
            step.Output = $"Use sk-proj-{Next()}{Next()} or Bearer {Next()}";
            step.ModelParameters = new Dictionary<string, object?> { ["headers"] = new Dictionary<string, string> { ["Authorization"] = Next() } };
            tracer.CurrentTrace!.Metadata["note"] = $"ghp_{Next()}{Next()}";
        }

        await tracer.FlushAsync(TestContext.Current.CancellationToken);

        var trace = Assert.Single(publisher.Traces);
        var row = new JsonBuffer();
        DataStreamRequest.Write(row, new Row(trace));
        var text = Encoding.UTF8.GetString(row.Written) + Seen(trace.Root) + string.Join(' ', trace.Metadata.Values);
        Assert.True(planted >= 160, $"{planted}");
        Assert.Contains("ada", text, StringComparison.Ordinal);
        Assert.Contains("page=1", text, StringComparison.Ordinal);
        Assert.Empty(Enumerable.Range(1, planted).Where(number => text.Contains(Value(number), StringComparison.Ordinal)).Select(Value));

        string Next() => Value(++planted);

        static string Value(int number) => $"planted{number:D4}secret";
    }

    private static string Seen(Step step) => string.Join(
        ' ',
        [
            .. step.Inputs.Values, step.Output, .. step.Metadata.Values, (step as ModelStep)?.RawOutput, .. (step as ModelStep)?.ModelParameters?.Values ?? [],
            .. step.Steps.Select(Seen),
        ]);

    public interface IVault
    {
        Dictionary<string, string> Send(Dictionary<string, string> headers, string address);

        (string User, string Password) Login((string User, string Password) login, string pin);

        void Fail(Exception exception);
    }

    private sealed class Vault : IVault
    {
        public Dictionary<string, string> Send(Dictionary<string, string> headers, string address) => headers;

        public (string User, string Password) Login((string User, string Password) login, string pin) => login;

        public void Fail(Exception exception) => throw exception;
    }
}
