namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>
/// The pipeline that rows go to, and the description of their columns. Rows with equal targets can share a request. An update of a row has a
/// target, and a request, of its own.
/// </summary>
internal sealed class DataStreamTarget : IEquatable<DataStreamTarget>
{
    private readonly int _hashCode;

    /// <param name="pipelineId">The inference pipeline.</param>
    /// <param name="config">The request's <c>config</c>, as JSON.</param>
    public DataStreamTarget(string pipelineId, ReadOnlyMemory<byte> config)
    {
        PipelineId = pipelineId;
        Config = config;
        var hash = default(HashCode);
        hash.Add(pipelineId, StringComparer.Ordinal);
        hash.AddBytes(config.Span);
        _hashCode = hash.ToHashCode();
    }

    public string PipelineId { get; }

    public ReadOnlyMemory<byte> Config { get; }

    /// <summary>The id of the row that is updated. Null if rows are added.</summary>
    public string? UpdatedId { get; init; }

    public bool Equals(DataStreamTarget? other) =>
        ReferenceEquals(this, other) || (other is { UpdatedId: null } && UpdatedId is null && PipelineId == other.PipelineId && Config.Span.SequenceEqual(other.Config.Span));

    public override bool Equals(object? obj) => Equals(obj as DataStreamTarget);

    public override int GetHashCode() => _hashCode;
}
