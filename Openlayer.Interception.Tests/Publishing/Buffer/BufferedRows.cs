using System.Text.Json;

namespace Openlayer.Interception.Tests.Publishing.Buffer;

/// <summary>Files of the offline buffer as the SDKs write them, and an application that finds them.</summary>
internal static class BufferedRows
{
    /// <summary>A file of the Python SDK.</summary>
    public static string Python(string pipelineId, string id = "python", string version = "1.0") => JsonSerializer.Serialize(new
    {
        trace_data = new { inferenceId = id, output = "An answer" },
        config = new { output_column_name = "output", input_variable_names = new[] { "q" } },
        inference_pipeline_id = pipelineId,
        timestamp = 1,
        metadata = new { buffer_version = version, created_by = "openlayer-python-sdk", process_id = 1 },
    });

    /// <summary>A file of the TypeScript SDK.</summary>
    public static string TypeScript(string pipelineId, string id = "typescript") => JsonSerializer.Serialize(new
    {
        traceData = new { inferenceId = id, output = "An answer" },
        config = new { outputColumnName = "output", inputVariableNames = new[] { "q" } },
        inferencePipelineId = pipelineId,
        timestamp = 1,
        metadata = new { bufferVersion = "1.0", createdBy = "openlayer-ts-sdk", processId = 1 },
    });

    /// <summary>A file of this library.</summary>
    public static string Own(string pipelineId, string host, string id = "own") => JsonSerializer.Serialize(new
    {
        trace_data = new { inferenceId = id, output = "An answer" },
        config = new { output_column_name = "output", input_variable_names = new[] { "q" } },
        inference_pipeline_id = pipelineId,
        timestamp = 1,
        metadata = new { buffer_version = "1.0", created_by = "Openlayer.Interception", process_id = 1, host },
    });

    /// <summary>An application that buffers its rows in a folder.</summary>
    public static TracedApplication Application(string folder, OpenlayerServer server, Action<OpenlayerOptions>? configure = null) => new(
        options =>
        {
            options.OfflineBuffer.Enabled = true;
            options.OfflineBuffer.Path = folder;
            configure?.Invoke(options);
        },
        server);

    /// <summary>Writes a file that is old enough that no process can still be writing it.</summary>
    public static string Plant(string folder, string name, string content)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, content);
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);
        return path;
    }
}
