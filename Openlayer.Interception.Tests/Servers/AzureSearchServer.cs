using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Openlayer.Interception.Tests.Servers;

/// <summary>
/// The search of Azure AI Search on loopback, as its REST reference describes it: an index of three hotels, two a page. A search for
/// <c>nothing</c> finds none.
/// </summary>
public sealed class AzureSearchServer : IAsyncDisposable
{
    private static readonly (string Id, string Name, double Score)[] Hotels = [("1", "Ritz", 2.5), ("2", "Adlon", 1.5), ("3", "Sacher", 0.5)];

    private readonly WebApplication _app;
    private int? _error;

    private AzureSearchServer(WebApplication app) => _app = app;

    public Uri Endpoint { get; private set; } = null!;

    /// <summary>The number of requests received.</summary>
    public int Requests { get; private set; }

    public static async Task<AzureSearchServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new AzureSearchServer(builder.Build());
        server._app.Run(server.SearchAsync);
        await server._app.StartAsync();
        server.Endpoint = new Uri(server._app.Urls.Single());
        return server;
    }

    /// <summary>Answers the next request with an error.</summary>
    public void AnswerError(int status) => _error = status;

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task SearchAsync(HttpContext context)
    {
        Requests++;
        if (_error is { } status)
        {
            _error = null;
            context.Response.StatusCode = status;
            await context.Response.WriteAsJsonAsync(new { error = new { code = "", message = "The field is unknown." } });
            return;
        }

        var request = (await JsonNode.ParseAsync(context.Request.Body))!;
        var isEmpty = (string?)request["search"] == "nothing";
        var skip = (int?)request["skip"] ?? 0;
        var page = isEmpty ? [] : Hotels.Skip(skip).Take(Math.Min(2, (int?)request["top"] ?? 2)).ToArray();
        var response = new JsonObject
        {
            ["@odata.context"] = "https://search/indexes('hotels')/$metadata#docs(*)",
            ["value"] = new JsonArray([.. page.Select(static hotel => (JsonNode)new JsonObject { ["@search.score"] = hotel.Score, ["Id"] = hotel.Id, ["Name"] = hotel.Name })]),
        };
        if (!isEmpty && request["top"] is null && skip + page.Length < Hotels.Length)
        {
            var next = request.DeepClone();
            next["skip"] = skip + page.Length;
            response["@search.nextPageParameters"] = next;
            response["@odata.nextLink"] = $"https://hotels.search.windows.net/indexes('hotels')/docs/search.post.search?api-version=2023-11-01";
        }

        await context.Response.WriteAsJsonAsync(response);
    }
}
