using Openlayer.Interception.Publishing.Rows;

namespace Openlayer.Interception.Tests.Publishing.Rows;

public sealed class RowColumnsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(1_000)]
    public void A_later_value_replaces_an_earlier_one_at_its_position(int count)
    {
        var columns = new RowColumns();
        for (var number = 0; number < count; number++)
        {
            columns.Set($"column {number}", number);
        }

        for (var number = 0; number < count; number++)
        {
            columns.Set($"column {number}", -number);
        }

        Assert.Equal(Enumerable.Range(0, count).Select(static number => new KeyValuePair<string, object?>($"column {number}", -number)), columns.All);
        Assert.True(columns.TryGet($"column {count - 1}", out var last));
        Assert.Equal(1 - count, last);
        Assert.True(columns.Contains("column 0"));
        Assert.False(columns.Contains("other"));
        Assert.False(columns.TryGet("other", out _));
    }
}
