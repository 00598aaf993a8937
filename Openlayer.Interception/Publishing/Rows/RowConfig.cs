using System.Text.Json;

namespace Openlayer.Interception.Publishing.Rows;

/// <summary>
/// The <c>config</c> of a row, as the Python SDK writes it: the roles of the columns (input, output, session, ...). Rows with equal configs
/// can share a request.
/// </summary>
internal sealed class RowConfig
{
    private static readonly (string Key, string Column)[] OptionalColumns =
    [
        ("userIdColumnName", Row.UserId),
        ("sessionIdColumnName", Row.SessionId),
        ("groundTruthColumnName", Row.GroundTruth),
        ("contextColumnName", Row.Context),
        ("questionColumnName", Row.Question),
    ];

    private readonly IReadOnlyList<string> _inputVariableNames;
    private readonly (string Key, string Column)[] _optionalColumns;

    /// <param name="inputVariableNames">The columns that are inputs.</param>
    /// <param name="hasColumn">Whether the row has a column of this name.</param>
    public RowConfig(IReadOnlyList<string> inputVariableNames, Func<string, bool> hasColumn)
    {
        _inputVariableNames = inputVariableNames;
        _optionalColumns = [.. OptionalColumns.Where(optional => hasColumn(optional.Column))];
    }

    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("outputColumnName"u8, "output"u8);
        writer.WriteStartArray("inputVariableNames"u8);
        foreach (var name in _inputVariableNames)
        {
            writer.WriteStringValue(name);
        }

        writer.WriteEndArray();
        writer.WriteString("latencyColumnName"u8, "latency"u8);
        writer.WriteString("costColumnName"u8, "cost"u8);
        writer.WriteString("timestampColumnName"u8, "inferenceTimestamp"u8);
        writer.WriteString("inferenceIdColumnName"u8, "inferenceId"u8);
        writer.WriteString("numOfTokenColumnName"u8, "tokens"u8);
        foreach (var (key, column) in _optionalColumns)
        {
            writer.WriteString(key, column);
        }

        writer.WriteEndObject();
    }
}
