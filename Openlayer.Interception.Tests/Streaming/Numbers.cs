namespace Openlayer.Interception.Tests.Streaming;

/// <summary>Streams of numbers, each of which completes asynchronously.</summary>
internal static class Numbers
{
    public static async IAsyncEnumerable<int> UpTo(int last)
    {
        for (var number = 1; number <= last; number++)
        {
            await Task.Yield();
            yield return number;
        }
    }
}
