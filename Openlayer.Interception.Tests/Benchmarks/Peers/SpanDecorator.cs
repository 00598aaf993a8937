using Openlayer.Interception.Benchmarks.Services;

namespace Openlayer.Interception.Benchmarks.Peers;

/// <summary>A hand-written decorator with a span in each method.</summary>
public sealed class SpanDecorator(IWorkService inner) : IWorkService
{
    public int Synchronous(string text)
    {
        using var span = Spans.Source.StartActivity("Synchronous");
        span?.SetTag("argument", text);
        var result = inner.Synchronous(text);
        span?.SetTag("result", result);
        return result;
    }

    public async Task<int> CompletedTask(string text)
    {
        using var span = Spans.Source.StartActivity("CompletedTask");
        span?.SetTag("argument", text);
        var result = await inner.CompletedTask(text).ConfigureAwait(false);
        span?.SetTag("result", result);
        return result;
    }

    public async ValueTask<int> CompletedValueTask(string text)
    {
        using var span = Spans.Source.StartActivity("CompletedValueTask");
        span?.SetTag("argument", text);
        var result = await inner.CompletedValueTask(text).ConfigureAwait(false);
        span?.SetTag("result", result);
        return result;
    }

    public async Task<int> SuspendingTask(string text)
    {
        using var span = Spans.Source.StartActivity("SuspendingTask");
        span?.SetTag("argument", text);
        var result = await inner.SuspendingTask(text).ConfigureAwait(false);
        span?.SetTag("result", result);
        return result;
    }

    public async IAsyncEnumerable<int> CompletedStream(int items)
    {
        using var span = Spans.Source.StartActivity("CompletedStream");
        span?.SetTag("argument", items);
        await foreach (var item in inner.CompletedStream(items).ConfigureAwait(false))
        {
            yield return item;
        }
    }

    public async IAsyncEnumerable<int> SuspendingStream(int items)
    {
        using var span = Spans.Source.StartActivity("SuspendingStream");
        span?.SetTag("argument", items);
        await foreach (var item in inner.SuspendingStream(items).ConfigureAwait(false))
        {
            yield return item;
        }
    }

    public int Record(Customer customer)
    {
        using var span = Spans.Source.StartActivity("Record");
        span?.SetTag("argument", customer.ToString());
        var result = inner.Record(customer);
        span?.SetTag("result", result);
        return result;
    }

    public int List(List<Customer> customers)
    {
        using var span = Spans.Source.StartActivity("List");
        span?.SetTag("argument", string.Join(", ", customers));
        var result = inner.List(customers);
        span?.SetTag("result", result);
        return result;
    }
}
