namespace Openlayer.Interception.Publishing.Rows;

/// <summary>
/// The <c>config</c> of a row, as the Python SDK writes it: the roles of the columns (input, output, session, ...). Rows with equal configs
/// can share a request.
/// </summary>
internal sealed class RowConfig : IEquatable<RowConfig>
{
    private static readonly (string Key, string Column)[] OptionalColumns =
    [
        ("userIdColumnName", Row.UserId),
        ("sessionIdColumnName", Row.SessionId),
        ("groundTruthColumnName", Row.GroundTruth),
        ("contextColumnName", Row.Context),
        ("questionColumnName", Row.Question),
    ];

    private readonly List<string> _inputVariableNames;

    // A bit for each of OptionalColumns.
    private readonly int _optionalColumns;

    /// <param name="inputVariableNames">The columns that are inputs.</param>
    /// <param name="columns">The columns of the row.</param>
    public RowConfig(List<string> inputVariableNames, RowColumns columns)
    {
        _inputVariableNames = inputVariableNames;
        for (var index = 0; index < OptionalColumns.Length; index++)
        {
            _optionalColumns |= columns.Contains(OptionalColumns[index].Column) ? 1 << index : 0;
        }
    }

    public bool Equals(RowConfig? other) => other is not null && _optionalColumns == other._optionalColumns
        && _inputVariableNames.SequenceEqual(other._inputVariableNames);

    public override bool Equals(object? obj) => Equals(obj as RowConfig);

    public override int GetHashCode() => HashCode.Combine(_optionalColumns, _inputVariableNames.Count);

    public void WriteTo(JsonBuffer json)
    {
        json.Append("{\"outputColumnName\":\"output\",\"inputVariableNames\":["u8);
        for (var index = 0; index < _inputVariableNames.Count; index++)
        {
            json.Append(index > 0 ? ","u8 : default);
            json.AppendText(_inputVariableNames[index]);
        }

        json.Append("],\"latencyColumnName\":\"latency\",\"costColumnName\":\"cost\",\"timestampColumnName\":\"inferenceTimestamp\""u8);
        json.Append(",\"inferenceIdColumnName\":\"inferenceId\",\"numOfTokenColumnName\":\"tokens\""u8);
        for (var index = 0; index < OptionalColumns.Length; index++)
        {
            if ((_optionalColumns & (1 << index)) != 0)
            {
                json.Append(","u8);
                json.AppendName(OptionalColumns[index].Key);
                json.AppendText(OptionalColumns[index].Column);
            }
        }

        json.Append("}"u8);
    }
}
