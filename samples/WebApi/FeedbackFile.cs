using System.Text.Json;

namespace WebApi;

/// <summary>
/// Appends feedback to a file, one line of JSON each, where it is not sent to Openlayer. The <c>inferenceId</c> is that of the line in the file of
/// traces.
/// </summary>
public sealed class FeedbackFile(string path) : IDisposable
{
    private readonly SemaphoreSlim _writing = new(1);

    /// <summary>Appends a line.</summary>
    public async Task AppendAsync(string inferenceId, string? userId, Feedback feedback)
    {
        var line = JsonSerializer.Serialize(
            new { inferenceId, userId, feedback.Rating, feedback.Comment, at = DateTimeOffset.UtcNow },
            JsonSerializerOptions.Web);
        await _writing.WaitAsync();
        try
        {
            await File.AppendAllLinesAsync(path, [line]);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _writing.Dispose();
}
