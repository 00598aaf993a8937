using System.Diagnostics.Metrics;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>A counter that can also be read. Thread-safe.</summary>
internal sealed class DeliveryCounter(Counter<long> counter)
{
    private long _count;

    public long Count => Interlocked.Read(ref _count);

    public void Add(long count)
    {
        if (count > 0)
        {
            Interlocked.Add(ref _count, count);
            counter.Add(count);
        }
    }
}
