using System.ClientModel;
using System.Collections;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml;
using System.Xml.Linq;
using Azure;
using Microsoft.Extensions.Configuration;

namespace Openlayer.Interception.Tests.Capture.Redaction;

public sealed class NamedValueTests
{
    private const string Secret = "hunter2";

    [Fact]
    public void A_value_is_redacted_by_the_name_beside_it()
    {
        object[] pairs =
        [
            new Header("Authorization", Secret),
            new { Key = "Password", Value = Secret },
            new { Value = Secret, Name = "api-key" },
            new { Id = "1", Name = "api-key", Value = Secret },
            new { Id = "password", Value = Secret },
            new { HeaderName = "Authorization", HeaderValue = Secret },
            new { ParameterName = "@Password", Value = Secret },
            new DictionaryEntry("password", Secret),
            new KeyValuePair<string, string>("token", Secret),
            new NameValueHeaderValue("password", Secret),
            new Claim("access_token", Secret),
            new Dictionary<string, object> { ["name"] = "Cookie", ["value"] = Secret },
            new Dictionary<string, object> { ["value"] = Secret, ["key"] = "pin" },
            JsonDocument.Parse($$"""{"value":"{{Secret}}","name":"X-Api-Key"}"""),
            JsonNode.Parse($$"""{"name":"client_secret","value":{"x":"{{Secret}}"} }""")!,
            ("password", Secret),
            Tuple.Create("Authorization", Secret),
            new[] { ("pwd", Secret) },
        ];

        Assert.All(pairs, pair => Assert.DoesNotContain(Secret, Snapshots.Of(pair), StringComparison.Ordinal));
        Assert.Equal("""{"Name":"Accept","Value":"text/html"}""", Snapshots.Of(new Header("Accept", "text/html")));
        Assert.Equal("""["name","Ada"]""", Snapshots.Of(("name", "Ada")));
    }

    [Fact]
    public void The_value_of_a_cookie_is_redacted_under_any_name()
    {
        object[] cookies =
        [
            new Cookie("session", Secret), new CookieCollection { new Cookie("session", Secret) }, new Microsoft.Net.Http.Headers.SetCookieHeaderValue("session", Secret),
            new Microsoft.Net.Http.Headers.CookieHeaderValue("session", Secret), new Microsoft.Playwright.Cookie { Name = "session", Value = Secret },
            new List<object> { new Microsoft.Net.Http.Headers.SetCookieHeaderValue("theme", Secret) { Path = "/" } },
        ];

        Assert.All(cookies, static cookie => Assert.DoesNotContain(Secret, Snapshots.Of(cookie), StringComparison.Ordinal));
        Assert.Contains("session", Snapshots.Of(cookies[2]), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, Snapshots.Of(new Microsoft.Net.Http.Headers.NameValueHeaderValue("password", Secret)), StringComparison.Ordinal);
        Assert.Contains("utf-8", Snapshots.Of(new Microsoft.Net.Http.Headers.NameValueHeaderValue("charset", "utf-8")), StringComparison.Ordinal);
    }

    [Fact]
    public void An_attribute_of_xml_is_redacted_by_the_name_in_the_attribute_beside_it()
    {
        var far = new string('x', 2_000);
        string[] elements =
        [
            $"<add key='password' value='{Secret}' />", $"<add value='{Secret}' key='password' />", $"<add key='password' note='{far}' value='{Secret}' />",
            $"<add key='password' note='{{a}} &lt;b&gt;' value='{Secret}' />", $"<p:add xmlns:p='urn:x' p:name='Db:Password' p:value='{Secret}' />",
            $"<add id='1' name='api-key' value='{Secret}' />", $"<a><b><param name='client_secret' title='Secret' value='{Secret}'><c /></param></b></a>",
        ];
        foreach (var element in elements)
        {
            var document = new XmlDocument();
            document.LoadXml(element);
            var parsed = XElement.Parse(element);
            Assert.DoesNotContain(Secret, Snapshots.Of(parsed), StringComparison.Ordinal);
            Assert.DoesNotContain(Secret, Snapshots.Of(document), StringComparison.Ordinal);
            Assert.All(parsed.DescendantsAndSelf().Attributes(), static attribute => Assert.DoesNotContain(Secret, Snapshots.Of(attribute), StringComparison.Ordinal));
            Assert.All(
                document.SelectNodes("//@*")!.Cast<XmlAttribute>(),
                static attribute => Assert.DoesNotContain(Secret, Snapshots.Of(attribute), StringComparison.Ordinal));
        }

        Assert.Equal("\"<add key=\\\"city\\\" value=\\\"Paris\\\" />\"", Snapshots.Of(XElement.Parse("<add key='city' value='Paris' />")));
    }

    [Fact]
    public void A_text_in_a_list_is_redacted_by_the_text_before_it()
    {
        Assert.Equal("""["--password","[redacted]","--user","ada"]""", Snapshots.Of(new[] { "--password", Secret, "--user", "ada" }));
        Assert.Equal("""[["X-Api-Key","[redacted]"],["Accept","text/html2"]]""", Snapshots.Of(new[] { new[] { "X-Api-Key", Secret }, ["Accept", "text/html2"] }));
        Assert.Equal("""{"args":["-token","[redacted]"]}""", Snapshots.Of(JsonElement.Parse($$"""{"args":["-token","{{Secret}}"]}""")));
        Assert.Equal("""{"required":["password","token"]}""", Snapshots.Of(JsonElement.Parse("""{"required":["password","token"]}""")));
        Assert.Equal("""["password","user2","x"]""", Snapshots.Of(new List<string> { "password", "user2", "x" }));
    }

    [Fact]
    public void The_schema_of_a_secret_is_recorded_unless_it_has_a_default()
    {
        const string Schema = """{"password":{"type":"string","description":"The user's password","minLength":8}}""";

        Assert.Equal(Schema, Snapshots.Of(JsonElement.Parse(Schema)));
        Assert.Equal(Schema, Snapshots.Of(JsonNode.Parse(Schema)));
        Assert.Equal(Schema, JsonSerializer.Deserialize<string>(Snapshots.Of(Schema)));
        string[] secrets =
        [
            $$$"""{"password":{"type":"string","default":"{{{Secret}}}"}}""", $$$"""{"password":{"type":"string","value":"{{{Secret}}}"}}""", $$$"""{"token":{"type":"{{{Secret}}}"}}""",
        ];
        foreach (var secret in secrets)
        {
            Assert.DoesNotContain(Secret, Snapshots.Of(JsonElement.Parse(secret)), StringComparison.Ordinal);
            Assert.DoesNotContain(Secret, Snapshots.Of(JsonNode.Parse(secret)), StringComparison.Ordinal);
            Assert.DoesNotContain(Secret, Snapshots.Of(secret), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Types_that_are_secrets_are_redacted_under_any_name()
    {
        using var rsa = RSA.Create(512);
        object[] secrets =
        [
            new AzureKeyCredential(Secret), new AzureSasCredential(Secret), new AzureNamedKeyCredential("user", Secret), new ApiKeyCredential(Secret),
            rsa.ExportParameters(includePrivateParameters: true), new Azure.Core.AccessToken(Secret, DateTimeOffset.UnixEpoch),
        ];

        Assert.All(secrets, secret => Assert.Equal("\"[redacted]\"", Snapshots.Of(secret)));
    }

    [Fact]
    public void Headers_cookies_and_credentials_of_the_framework_hold_no_secret()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"https://user:{Secret}@host/?sig={Secret}&page=2");
        string[] headers =
        [
            "Cookie", "X-Auth-Token", "X-Api-Key", "Ocp-Apim-Subscription-Key", "x-functions-key", "X-Amz-Security-Token", "X-Vault-Token", "PRIVATE-TOKEN", "api-key", "x-goog-api-key",
        ];
        foreach (var header in headers)
        {
            request.Headers.TryAddWithoutValidation(header, Secret);
        }

        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Secret);
        request.Headers.ProxyAuthorization = new AuthenticationHeaderValue("Basic", Secret);
        using var response = new HttpResponseMessage();
        response.Headers.TryAddWithoutValidation("Set-Cookie", $"sid={Secret}; Path=/");
        object[] values =
        [
            request, response, request.Headers, new AuthenticationHeaderValue("Bearer", Secret), new Cookie("sid", Secret), new NetworkCredential("ada", Secret),
            new Uri($"https://host/?a=1&access_token={Secret}"), new Uri($"/relative?code={Secret}", UriKind.Relative), new Uri($"https://ada:{Secret}@host/"),
            new List<Uri> { new($"https://host/?key={Secret}") }, new InvalidOperationException($"GET https://host/?sig={Secret} failed"),
            new AggregateException(new InvalidOperationException($"Login failed for 'Server=db;Password={Secret}'")),
        ];

        Assert.All(values, value => Assert.DoesNotContain(Secret, Snapshots.Of(value), StringComparison.Ordinal));
        Assert.Contains("page=2", Snapshots.Of(request), StringComparison.Ordinal);
        Assert.Contains("ada", Snapshots.Of(new NetworkCredential("ada", Secret)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_is_recorded_by_its_keys()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Db:Password"] = Secret,
            ["Db:Name"] = "orders",
            ["ConnectionStrings:Default"] = Secret,
            ["ApiKeys:0"] = Secret,
        }).Build();

        Assert.Equal(
            """{"ApiKeys":"[redacted]","ConnectionStrings":"[redacted]","Db":{"Name":"orders","Password":"[redacted]"}}""", Snapshots.Of(configuration));
        Assert.Equal("""{"Db":{"Name":"orders","Password":"[redacted]"}}""", Snapshots.Of(configuration.GetSection("Db")));
        Assert.Equal("""{"Password":"[redacted]"}""", Snapshots.Of(configuration.GetSection("Db:Password")));
        Assert.Equal("""{"Default":"[redacted]"}""", Snapshots.Of(configuration.GetSection("ConnectionStrings:Default")));
    }

    [Fact]
    public void The_librarys_own_options_are_not_recorded() =>
        Assert.Equal("\"[OpenlayerOptions]\"", Snapshots.Of(new OpenlayerOptions { ApiKey = Secret, CustomHeaders = { ["X-Any"] = Secret } }));

    [Fact]
    public void Whether_there_is_a_secret_is_recorded() =>
        Assert.Equal("""{"pass":true,"Token":false}""", Snapshots.Of(new Dictionary<string, object> { ["pass"] = true, ["Token"] = false }));

    [Fact]
    public void Named_elements_of_tuples_are_redacted_in_properties() =>
        Assert.Equal("""{"Login":["ada","[redacted]"],"Other":[["ada","[redacted]"]]}""", Snapshots.Of(new Logins()));

    [Fact]
    public void The_function_receives_the_name_and_the_path_of_each_text()
    {
        var seen = new List<string>();
        var json = Snapshots.Of(
            new { Order = new { Note = "a" }, Items = new[] { new { Text = "b" } } },
            options => options.Redact = (name, path, text) =>
            {
                seen.Add($"{name} {path} {text}");
                return text + "!";
            });

        Assert.Equal("""{"Order":{"Note":"a!"},"Items":[{"Text":"b!"}]}""", json);
        Assert.Equal(["Note Output.Order.Note a", "Text Output.Items[].Text b"], seen.Take(2));
    }

    [Fact]
    public void A_text_whose_function_throws_or_returns_null_is_redacted()
    {
        Assert.Equal("\"[redacted]\"", Snapshots.Of("text", static options => options.Redact = static (_, _, _) => throw new InvalidOperationException()));
        Assert.Equal("""["[redacted]"]""", Snapshots.Of(new[] { "text" }, static options => options.Redact = static (_, _, _) => null));
    }

    [Fact]
    public void Added_patterns_are_masked_and_those_without_a_linear_time_are_refused()
    {
        Assert.Equal("\"employee [redacted] left\"", Snapshots.Of("employee EMP-123456 left", static options => options.RedactedPatterns.Add(@"EMP-\d{6}")));
        foreach (var pattern in new[] { "(?=a)b", @"(a)\1", "(" })
        {
            var options = new OpenlayerOptions();
            options.Capture.RedactedPatterns.Add(pattern);
            Assert.Contains("Capture.RedactedPatterns", Assert.Throws<ArgumentException>(() => new OpenlayerTracer(options)).Message, StringComparison.Ordinal);
        }
    }

    private sealed record Header(string Name, string Value);

    private sealed class Logins
    {
        public (string User, string Password) Login => ("ada", Secret);

        public List<(string User, string ApiKey)> Other => [("ada", Secret)];
    }
}
