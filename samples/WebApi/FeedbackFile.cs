using System.Text.Json;

namespace WebApi;

/// <summary>
/// Appends feedback to a file, one line of JSON each. The file is all that becomes of it: to have it at Openlayer, update the row of the same
/// <c>inferenceId</c>.
/// </summary>
public sealed class FeedbackFile(string path) : IDisposable
{
    private readonly SemaphoreSlim _writing = new(1);

    /// <summary>Appends a line.</summary>
    public async Task AppendAsync(string inferenceId, string? userId, Feedback feedback, CancellationToken cancellationToken)
    {
        var line = JsonSerializer.Serialize(new { inferenceId, userId, feedback.Rating, feedback.Comment, at = DateTimeOffset.UtcNow }, JsonSerializerOptions.Web);
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await File.AppendAllLinesAsync(path, [line], CancellationToken.None);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _writing.Dispose();
}
