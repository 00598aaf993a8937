namespace Openlayer.Interception.Tests.Faults;

/// <summary>What has become of the traces of a run, as the library counts and as the server and the disk show.</summary>
/// <param name="Fault">What went wrong.</param>
/// <param name="Completed">Traces that were completed.</param>
/// <param name="Acknowledged">Rows that the library takes for acknowledged.</param>
/// <param name="Buffered">Files in the buffer at the end.</param>
/// <param name="Reported">Rows that the failure callback was called with.</param>
/// <param name="Dropped">Rows that were counted as dropped.</param>
/// <param name="Received">Distinct rows that the server has acknowledged.</param>
/// <param name="Twice">Rows that it has acknowledged more than once.</param>
internal sealed record Ledger(string Fault, long Completed, long Acknowledged, long Buffered, long Reported, long Dropped, long Received, long Twice)
{
    public const string Header = "| fault | completed | acknowledged | buffered | reported | dropped | server's count | twice |\n|---|---:|---:|---:|---:|---:|---:|---:|";

    public void AssertBalanced()
    {
        Assert.True(Completed == Acknowledged + Buffered + Reported + Dropped, ToString());
        Assert.True(Received == Acknowledged && Twice == 0, ToString());
    }

    public override string ToString() => $"| {Fault} | {Completed} | {Acknowledged} | {Buffered} | {Reported} | {Dropped} | {Received} | {Twice} |";
}
