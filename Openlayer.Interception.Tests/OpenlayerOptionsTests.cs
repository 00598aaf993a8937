namespace Openlayer.Interception.Tests;

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

    private static OpenlayerOptions Read(OpenlayerOptions options, Dictionary<string, string> environment)
    {
        options.ReadEnvironment(environment.GetValueOrDefault);
        return options;
    }
}
