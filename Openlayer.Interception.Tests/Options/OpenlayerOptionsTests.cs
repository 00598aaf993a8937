using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Openlayer.Interception.Options;
using Openlayer.Interception.Tests.Guardrails;

namespace Openlayer.Interception.Tests.Options;

public sealed class OpenlayerOptionsTests
{
    private static readonly string[] Live = ["Enabled", "SamplingRate"];

    public static TheoryData<string> LimitedOptions => [.. All(new()).Where(static option => IsLimited(option.Property)).Select(static option => option.Name)];

    [Fact]
    public void An_unset_option_is_read_from_the_environment()
    {
        var settings = Read(new(), new()
        {
            ["OPENLAYER_API_KEY"] = " key\r\n",
            ["OPENLAYER_INFERENCE_PIPELINE_ID"] = "pipeline\n",
            ["OPENLAYER_BASE_URL"] = " https://openlayer.example.com/v1 ",
        });

        Assert.Equal("key", settings.ApiKey);
        Assert.Equal("pipeline", settings.InferencePipelineId);
        Assert.Equal("https://openlayer.example.com/v1", settings.BaseUrl.ToString());
        Assert.True(settings.SendToOpenlayer);
    }

    [Fact]
    public void An_option_set_in_code_takes_precedence_over_the_environment()
    {
        var options = new OpenlayerOptions
        {
            ApiKey = "mine\n",
            InferencePipelineId = " my pipeline ",
            BaseUrl = new Uri("https://mine.example.com"),
            SendToOpenlayer = true,
            VerifySsl = true,
        };

        var settings = Read(options, new()
        {
            ["OPENLAYER_API_KEY"] = "key",
            ["OPENLAYER_INFERENCE_PIPELINE_ID"] = "pipeline",
            ["OPENLAYER_BASE_URL"] = "https://openlayer.example.com/v1",
            ["OPENLAYER_DISABLE_PUBLISH"] = "true",
            ["OPENLAYER_VERIFY_SSL"] = "false",
        });

        Assert.Equal("mine", settings.ApiKey);
        Assert.Equal("my pipeline", settings.InferencePipelineId);
        Assert.Equal("https://mine.example.com/", settings.BaseUrl.ToString());
        Assert.True(settings.SendToOpenlayer);
        Assert.True(settings.VerifySsl);
    }

    [Fact]
    public void An_empty_variable_counts_as_unset()
    {
        var settings = OpenlayerSettings.From(new(), static _ => " ");

        Assert.Null(settings.ApiKey);
        Assert.Null(settings.InferencePipelineId);
        Assert.Equal(OpenlayerOptions.DefaultBaseUrl, settings.BaseUrl);
        Assert.True(settings.SendToOpenlayer);
        Assert.True(settings.VerifySsl);
        Assert.Empty(settings.CustomHeaders);
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("On", true)]
    [InlineData(" 1 ", true)]
    [InlineData("false", false)]
    [InlineData("OFF", false)]
    [InlineData("0\n", false)]
    public void A_switch_is_true_on_or_1_or_false_off_or_0(string value, bool isOn)
    {
        var settings = Read(new(), new() { ["OPENLAYER_DISABLE_PUBLISH"] = value, ["OPENLAYER_VERIFY_SSL"] = value });

        Assert.Equal(!isOn, settings.SendToOpenlayer);
        Assert.Equal(isOn, settings.VerifySsl);
    }

    [Theory]
    [InlineData("OPENLAYER_BASE_URL", "openlayer")]
    [InlineData("OPENLAYER_BASE_URL", "ftp://example.com")]
    [InlineData("OPENLAYER_BASE_URL", "/v1")]
    [InlineData("OPENLAYER_DISABLE_PUBLISH", "maybe")]
    [InlineData("OPENLAYER_DISABLE_PUBLISH", "yes")]
    [InlineData("OPENLAYER_VERIFY_SSL", "perhaps")]
    [InlineData("OPENLAYER_CUSTOM_HEADERS", "maybe")]
    [InlineData("OPENLAYER_CUSTOM_HEADERS", ": maybe")]
    [InlineData("OPENLAYER_CUSTOM_HEADERS", "X Y: maybe")]
    [InlineData("OPENLAYER_CUSTOM_HEADERS", "X: mayb\u00e9")]
    [InlineData("OPENLAYER_API_KEY", "secret-\u00e9")]
    [InlineData("OPENLAYER_API_KEY", "secret\nkey")]
    [InlineData("OPENLAYER_INFERENCE_PIPELINE_ID", "maybe\tnot")]
    [InlineData("OPENLAYER_INFERENCE_PIPELINE_ID", " .")]
    [InlineData("OPENLAYER_INFERENCE_PIPELINE_ID", "..")]
    public void A_malformed_variable_is_named_without_its_value(string variable, string value)
    {
        var exception = Assert.Throws<ArgumentException>(() => Read(new(), new() { [variable] = value }));

        Assert.StartsWith($"The environment variable {variable} must ", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("mayb", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Custom_headers_are_read_one_per_line_and_those_set_in_code_take_precedence()
    {
        var options = new OpenlayerOptions();
        options.CustomHeaders["x-mine"] = "set\n";

        var settings = Read(options, new() { ["OPENLAYER_CUSTOM_HEADERS"] = "X-Mine: environment\r\nX-Proxy-Key:  a: b \n\n" });

        Assert.Equal(2, settings.CustomHeaders.Count);
        Assert.Equal("set", settings.CustomHeaders["X-Mine"]);
        Assert.Equal("a: b", settings.CustomHeaders["X-Proxy-Key"]);
        Assert.Single(options.CustomHeaders);
    }

    [Theory]
    [MemberData(nameof(LimitedOptions))]
    public void A_number_or_time_outside_its_range_is_rejected(string name)
    {
        var (_, owner, property) = All(new()).Single(option => option.Name == name);
        var range = property.GetCustomAttribute<RangeAttribute>();
        Assert.NotNull(range);
        Assert.True(range.IsValid(property.GetValue(owner)));

        Assert.All(Outside(range), value =>
        {
            var options = new OpenlayerOptions();
            property.SetValue(All(options).Single(option => option.Name == name).Owner, value);

            var exception = Assert.Throws<ArgumentException>(() => Read(options, []));

            Assert.Equal(name, exception.ParamName);
            Assert.StartsWith($"OpenlayerOptions.{name} must be ", exception.Message, StringComparison.Ordinal);
            Assert.Contains(", but is ", exception.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void A_range_error_names_the_option_the_range_and_the_value_in_every_culture()
    {
        Assert.StartsWith("OpenlayerOptions.MaxTries must be from 1 to 1,000, but is 0.", Refusal(static options => options.MaxTries = 0), StringComparison.Ordinal);
        Assert.StartsWith("OpenlayerOptions.SamplingRate must be from 0 to 1, but is 1.5.", Refusal(static options => options.SamplingRate = 1.5), StringComparison.Ordinal);
        Assert.StartsWith("OpenlayerOptions.MaxQueueBytes must be at least 1, but is -2,000.", Refusal(static options => options.MaxQueueBytes = -2000), StringComparison.Ordinal);
        Assert.StartsWith(
            "OpenlayerOptions.RequestTimeout must be from 10 milliseconds to 1 day, but is 1,500 microseconds.",
            Refusal(static options => options.RequestTimeout = TimeSpan.FromMicroseconds(1500)),
            StringComparison.Ordinal);

        static string Refusal(Action<OpenlayerOptions> set)
        {
            var culture = CultureInfo.CurrentCulture;
            CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = ",", NumberGroupSeparator = "." } };
            try
            {
                var options = new OpenlayerOptions();
                set(options);
                return Assert.Throws<ArgumentException>(() => Read(options, [])).Message;
            }
            finally
            {
                CultureInfo.CurrentCulture = culture;
            }
        }
    }

    [Theory]
    [InlineData(".")]
    [InlineData(" .. ")]
    [InlineData("pipeline/data-stream")]
    [InlineData("..\\pipeline")]
    [InlineData("pipe\nline")]
    public void A_pipeline_id_that_would_change_the_path_of_a_request_is_refused(string pipelineId) => Assert.StartsWith(
        "OpenlayerOptions.InferencePipelineId must be the ID of an inference pipeline, as Openlayer shows it, not . or .., and without slashes and control characters",
        Assert.Throws<ArgumentException>(() => Read(new() { InferencePipelineId = pipelineId }, [])).Message,
        StringComparison.Ordinal);

    [Fact]
    public async Task Only_Enabled_and_SamplingRate_take_effect_after_the_tracer_is_created()
    {
        var options = new OpenlayerOptions { SendToOpenlayer = false, ApiKey = "key", InferencePipelineId = "pipeline" };
        await using var tracer = new OpenlayerTracer(options);

        foreach (var (name, owner, property) in All(options))
        {
            var before = Fingerprint(tracer.Steps.Settings);
            Change(owner, property);

            Assert.True(
                Fingerprint(tracer.Steps.Settings) == before != Live.Contains(name),
                $"OpenlayerOptions.{name} {(Live.Contains(name) ? "takes no" : "takes")} effect when it is changed.");
        }
    }

    [Fact]
    public void The_settings_have_every_option()
    {
        Assert.Equal(Names(typeof(OpenlayerOptions)).Except(["LoggerFactory"]), Names(typeof(OpenlayerSettings)));
        Assert.Equal(Names(typeof(CaptureOptions)), Names(typeof(CaptureSettings)).Except(["Attachments"]));
        Assert.Equal(Names(typeof(AttachmentOptions)), Names(typeof(AttachmentSettings)));
        Assert.Equal(Names(typeof(OfflineBufferOptions)), Names(typeof(OfflineBufferSettings)));
        Assert.Equal(Names(typeof(ActivityOptions)), Names(typeof(ActivitySettings)));

        static IEnumerable<string> Names(Type type) => type.GetProperties().Select(static property => property.Name).Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task Lowering_a_limit_during_a_stream_does_not_disturb_the_stream()
    {
        var options = new OpenlayerOptions { SendToOpenlayer = false };
        var publisher = new InMemoryTracePublisher();
        options.Publishers.Add(publisher);
        await using var tracer = new OpenlayerTracer(options);
        var texts = tracer.Intercept<ITexts>(new Texts());
        var received = new List<string>();

        await foreach (var text in texts.ReadAsync())
        {
            received.Add(text);
            options.Capture.MaxStringLength = 0;
            options.Capture.MaxItems = 0;
        }

        await tracer.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["one ", "two ", "three"], received);
        Assert.Equal("one two three", Assert.Single(publisher.Traces).Root.Output);
    }

    public interface ITexts
    {
        IAsyncEnumerable<string> ReadAsync();
    }

    private static OpenlayerSettings Read(OpenlayerOptions options, Dictionary<string, string> environment) =>
        OpenlayerSettings.From(options, environment.GetValueOrDefault);

    private static IEnumerable<(string Name, object Owner, PropertyInfo Property)> All(OpenlayerOptions options) =>
        typeof(OpenlayerOptions).GetProperties()
            .Where(static property => property.PropertyType != typeof(CaptureOptions)
                && property.PropertyType != typeof(AttachmentOptions)
                && property.PropertyType != typeof(OfflineBufferOptions)
                && property.PropertyType != typeof(ActivityOptions))
            .Select(property => (property.Name, (object)options, property))
            .Concat(typeof(CaptureOptions).GetProperties().Select(property => ($"Capture.{property.Name}", (object)options.Capture, property)))
            .Concat(typeof(AttachmentOptions).GetProperties().Select(property => ($"Attachments.{property.Name}", (object)options.Attachments, property)))
            .Concat(typeof(OfflineBufferOptions).GetProperties().Select(property => ($"OfflineBuffer.{property.Name}", (object)options.OfflineBuffer, property)))
            .Concat(typeof(ActivityOptions).GetProperties().Select(property => ($"Activities.{property.Name}", (object)options.Activities, property)));

    private static bool IsLimited(PropertyInfo property) =>
        property.PropertyType == typeof(TimeSpan) || (property.PropertyType.IsPrimitive && property.PropertyType != typeof(bool));

    private static IEnumerable<object> Outside(RangeAttribute range) => (range.Minimum, range.Maximum) switch
    {
        (int minimum, int maximum) => maximum == int.MaxValue ? [minimum - 1, int.MinValue] : [minimum - 1, maximum + 1],
        (long minimum, long maximum) => maximum == long.MaxValue ? [minimum - 1, long.MinValue] : [minimum - 1, maximum + 1],
        (double minimum, double maximum) => [minimum - 0.1, maximum + 0.1, double.NaN],
        (TimeSpan minimum, TimeSpan maximum) => [minimum - TimeSpan.FromTicks(1), maximum + TimeSpan.FromTicks(1), TimeSpan.MinValue, TimeSpan.MaxValue],
        _ => throw new NotSupportedException($"Add a case for {range.OperandType}."),
    };

    private static string Fingerprint(object settings) => string.Join('\n', settings.GetType().GetProperties().Select(property =>
        $"{property.Name}={Text(property.GetValue(settings))}"));

    private static string Text(object? value) => value switch
    {
        null => "null",
        CaptureSettings or AttachmentSettings or OfflineBufferSettings or ActivitySettings => Fingerprint(value),
        JsonSerializerOptions json => $"{json.WriteIndented}",
        string text => text,
        IEnumerable items => string.Join(',', items.Cast<object>()),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };

    private static void Change(object owner, PropertyInfo property)
    {
        if (!property.CanWrite)
        {
            switch (property.GetValue(owner))
            {
                case IList<ITracePublisher> publishers:
                    publishers.Add(new InMemoryTracePublisher());
                    return;
                case ProviderClientRegistry clients:
                    clients.Add<ITexts>("mine");
                    return;
                case IList<ModelPrice> prices:
                    prices.Add(new() { Model = "new", Input = 1 });
                    return;
                case GuardrailRegistry guardrails:
                    guardrails.Add<AllowingGuardrail>(static _ => true);
                    return;
                case IList<string> patterns:
                    patterns.Add("new");
                    return;
                case ISet<string> names:
                    names.Add("new");
                    return;
                case IDictionary<string, string> headers:
                    headers["X-New"] = "new";
                    return;
                default:
                    throw new NotSupportedException($"Add a case for {property.Name}.");
            }
        }

        property.SetValue(owner, property.GetValue(owner) switch
        {
            bool value => !value,
            int value => value - 1,
            long value => value - 1,
            double value => value / 2,
            TimeSpan value => value / 2,
            string value => value + "new",
            Uri => new Uri("https://new.example.com"),
            AttachmentStorage => AttachmentStorage.Azure,
            TimeProvider => new Microsoft.Extensions.Time.Testing.FakeTimeProvider(),
            null when property.PropertyType == typeof(bool?) => true,
            null when property.Name == "Redact" => (Func<string, string, string, string?>)(static (_, _, text) => text),
            null when property.Name == "OnFlushFailure" => (Action<FlushFailure>)(static _ => { }),
            null when property.Name == "Sampler" => (Func<string, StepType, bool>)(static (_, _) => true),
            null when property.Name == "Enrich" => (Action<OpenlayerTrace>)(static _ => { }),
            null when property.Name == "Filter" => (Func<OpenlayerTrace, bool>)(static _ => true),
            null when property.Name == "Select" => (Func<System.Diagnostics.ActivitySource, bool>)(static _ => true),
            null when property.Name == "Proxy" => new WebProxy(),
            null when property.Name == "HttpMessageHandler" => new HttpClientHandler(),
            null when property.Name == "CreateHttpClient" => (Func<HttpClient>)(static () => new HttpClient()),
            null when property.Name == "LoggerFactory" => NullLoggerFactory.Instance,
            null when property.Name == "JsonSerializerOptions" => new JsonSerializerOptions(),
            _ => throw new NotSupportedException($"Add a case for {property.Name}."),
        });
    }

    private sealed class Texts : ITexts
    {
        public async IAsyncEnumerable<string> ReadAsync()
        {
            yield return "one ";
            await Task.Yield();
            yield return "two ";
            yield return "three";
        }
    }
}
