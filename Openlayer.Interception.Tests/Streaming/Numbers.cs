namespace Openlayer.Interception.Tests.Streaming;

/// <summary>The stream of the first numbers, each of which is waited for.</summary>
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
