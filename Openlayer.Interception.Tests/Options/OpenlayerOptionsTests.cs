namespace Openlayer.Interception.Tests.Options;

public sealed class OpenlayerOptionsTests
{
    [Fact]
    public void What_is_not_set_is_taken_from_the_environment()
    {
        var options = Read(new(), new()
        {
            ["OPENLAYER_API_KEY"] = "key",
            ["OPENLAYER_INFERENCE_PIPELINE_ID"] = "pipeline",
            ["OPENLAYER_BASE_URL"] = "https://openlayer.example.com/v1",
        });

        Assert.Equal("key", options.ApiKey);
        Assert.Equal("pipeline", options.InferencePipelineId);
        Assert.Equal("https://openlayer.example.com/v1", options.BaseUrl.ToString());
        Assert.True(options.SendToOpenlayer);
    }

    [Fact]
    public void What_is_set_wins_over_the_environment()
    {
        var options = new OpenlayerOptions
        {
            ApiKey = "mine",
            InferencePipelineId = "my pipeline",
            BaseUrl = new Uri("https://mine.example.com"),
            SendToOpenlayer = true,
        };

        Read(options, new()
        {
            ["OPENLAYER_API_KEY"] = "key",
            ["OPENLAYER_INFERENCE_PIPELINE_ID"] = "pipeline",
            ["OPENLAYER_BASE_URL"] = "https://openlayer.example.com/v1",
            ["OPENLAYER_DISABLE_PUBLISH"] = "true",
        });

        Assert.Equal("mine", options.ApiKey);
        Assert.Equal("my pipeline", options.InferencePipelineId);
        Assert.Equal("https://mine.example.com/", options.BaseUrl.ToString());
        Assert.True(options.SendToOpenlayer);
    }

    [Fact]
    public void What_is_nowhere_has_its_default()
    {
        var options = Read(new(), new() { ["OPENLAYER_API_KEY"] = " ", ["OPENLAYER_BASE_URL"] = "" });

        Assert.Null(options.ApiKey);
        Assert.Null(options.InferencePipelineId);
        Assert.Equal(OpenlayerOptions.DefaultBaseUrl, options.BaseUrl);
        Assert.True(options.SendToOpenlayer);
        Assert.True(options.Enabled);
        Assert.Equal(1, options.SamplingRate);
    }

    [Theory]
    [InlineData("true", false)]
    [InlineData("True", false)]
    [InlineData("on", false)]
    [InlineData(" 1 ", false)]
    [InlineData("false", true)]
    [InlineData("0", true)]
    [InlineData("yes", true)]
    [InlineData("", true)]
    public void Sending_is_turned_off_by_true_on_or_1(string disablePublish, bool sends)
    {
        var options = Read(new(), new() { ["OPENLAYER_DISABLE_PUBLISH"] = disablePublish });

        Assert.Equal(sends, options.SendToOpenlayer);
        Assert.True(options.Enabled);
    }

    [Fact]
    public void An_address_in_the_environment_that_is_none_is_named()
    {
        var exception = Assert.Throws<ArgumentException>(() => Read(new(), new() { ["OPENLAYER_BASE_URL"] = "openlayer" }));

        Assert.Contains("OPENLAYER_BASE_URL", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("false", false)]
    [InlineData("Off", false)]
    [InlineData("0", false)]
    [InlineData("true", true)]
    [InlineData(null, true)]
    public void Certificates_are_verified_unless_that_is_turned_off(string? verifySsl, bool verifies) =>
        Assert.Equal(verifies, Read(new(), verifySsl is null ? [] : new() { ["OPENLAYER_VERIFY_SSL"] = verifySsl }).VerifySsl);

    [Fact]
    public void Custom_headers_are_read_one_a_line_and_those_set_win()
    {
        var options = new OpenlayerOptions();
        options.CustomHeaders["x-mine"] = "set";

        Read(options, new() { ["OPENLAYER_CUSTOM_HEADERS"] = "X-Mine: environment\r\nX-Proxy-Key:  a: b \n\n" });

        Assert.Equal([new("x-mine", "set"), new("X-Proxy-Key", "a: b")], options.CustomHeaders);
        Assert.Throws<ArgumentException>(() => Read(new(), new() { ["OPENLAYER_CUSTOM_HEADERS"] = "no colon" }));
    }

    [Fact]
    public void An_option_outside_of_its_range_is_named()
    {
        Action<OpenlayerOptions>[] wrong =
        [
            static options => options.MaxQueueBytes = 0,
            static options => options.MaxBatchLength = 0,
            static options => options.MaxBatchBytes = 0,
            static options => options.BatchDelay = TimeSpan.FromSeconds(-1),
            static options => options.RequestTimeout = TimeSpan.Zero,
            static options => options.MaxTries = 0,
            static options => options.CircuitBreakDuration = TimeSpan.Zero,
            static options => options.CustomHeaders["X"] = "a\r\nb",
            static options => options.OfflineBuffer.Path = " ",
            static options => options.OfflineBuffer.MaxFiles = 0,
            static options => options.OfflineBuffer.MaxBytes = 0,
        ];

        var named = wrong.Select(static set =>
        {
            var options = new OpenlayerOptions();
            set(options);
            return Assert.Throws<ArgumentException>(options.Validate).ParamName;
        });

        Assert.Equal(
            ["MaxQueueBytes", "MaxBatchLength", "MaxBatchBytes", "BatchDelay", "RequestTimeout", "MaxTries", "CircuitBreakDuration", "CustomHeaders", "OfflineBuffer.Path", "OfflineBuffer.MaxFiles", "OfflineBuffer.MaxBytes"],
            named);
    }

    private static OpenlayerOptions Read(OpenlayerOptions options, Dictionary<string, string> environment)
    {
        options.ReadEnvironment(environment.GetValueOrDefault);
        return options;
    }
}
