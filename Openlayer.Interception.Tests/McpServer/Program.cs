using ModelContextProtocol.Server;

// A server of the Model Context Protocol on standard input and output, with one tool that answers and one that fails.
var options = new McpServerOptions
{
    ServerInfo = new() { Name = "weather", Version = "1.0.0" },
    ToolCollection =
    [
        McpServerTool.Create((string city) => $"sunny in {city}", new() { Name = "find_weather", Description = "Finds the weather." }),
        McpServerTool.Create(string (string city) => throw new InvalidOperationException($"no weather in {city}"), new() { Name = "fail" }),
    ],
};
await using var server = McpServer.Create(new StdioServerTransport("weather"), options);
await server.RunAsync();
