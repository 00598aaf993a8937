using Microsoft.Extensions.AI;
using ModelContextProtocol.Client;

namespace Openlayer.Interception.Tests.ModelClients.Functions;

/// <summary>The tools of a real server of the Model Context Protocol: a process, over standard input and output.</summary>
public sealed class McpToolTests
{
    public static TheoryData<string, bool> Cases => new(
        from pipeline in new[] { "below", "above" }
        from streams in new[] { false, true }
        select (pipeline, streams));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_call_of_a_servers_tool_is_a_tool_step_with_name_arguments_and_result(string pipeline, bool streams)
    {
        await using var server = await ConnectAsync();
        await using var chat = await StartAsync(pipeline);
        chat.Server.AnswerToolCall("find_weather", new { city = "Paris" });
        chat.Server.AnswerText("It is sunny");

        await AskAsync(chat, streams, await server.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken));

        var tool = Assert.IsType<ToolStep>((await chat.RootAsync()).Steps[1]);
        Assert.Equal("find_weather", tool.FunctionName);
        Assert.Equal("""{"city":"Paris"}""", RecordedJson.Of(tool.Arguments));
        Assert.Equal("sunny in Paris", tool.Output);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_tool_of_a_server_that_fails_has_the_error_that_the_model_is_told(string pipeline, bool streams)
    {
        await using var server = await ConnectAsync();
        await using var chat = await StartAsync(pipeline);
        chat.Server.AnswerToolCall("fail", new { city = "Paris" });
        chat.Server.AnswerText("Sorry");

        await AskAsync(chat, streams, await server.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken));

        var tool = Assert.IsType<ToolStep>((await chat.RootAsync()).Steps[1]);
        Assert.Contains("\"isError\":true", RecordedJson.Of(tool.Output));
    }

    private static Task<McpClient> ConnectAsync() => McpClient.CreateAsync(
        new StdioClientTransport(new() { Command = "dotnet", Arguments = [Repository.PathOf("McpServer")] }),
        cancellationToken: TestContext.Current.CancellationToken);

    private static Task<ChatPipeline> StartAsync(string pipeline) => ChatPipeline.StartAsync(builder => pipeline == "below"
        ? builder.UseFunctionInvocation().Use(ChatPipeline.Intercept)
        : builder.Use(ChatPipeline.Intercept).UseFunctionInvocation());

    private static async Task AskAsync(ChatPipeline chat, bool streams, IEnumerable<AITool> tools)
    {
        var options = new ChatOptions { Tools = [.. tools] };
        if (!streams)
        {
            await chat.Client.GetResponseAsync("weather?", options, TestContext.Current.CancellationToken);
            return;
        }

        await foreach (var update in chat.Client.GetStreamingResponseAsync("weather?", options, TestContext.Current.CancellationToken))
        {
            Assert.NotNull(update);
        }
    }
}
