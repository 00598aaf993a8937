using System.Runtime.CompilerServices;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Streaming;

public sealed class PagedStreamTests
{
    [Fact]
    public async Task Each_enumeration_records_its_own_items_even_if_all_read_the_same_page()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        using (container.Tracer.StartStep("root"))
        {
            string[][] pages = [["a", "b"]];
            var stream = container.Work.Get<PagedTexts>("stream", () => new Texts(pages));
            await using var leftOpen = stream.GetAsyncEnumerator(TestContext.Current.CancellationToken);
            Assert.True(await leftOpen.MoveNextAsync());

            Assert.Equal(["a", "b"], await stream.ToListAsync(TestContext.Current.CancellationToken));
        }

        var root = (await container.TraceAsync()).Root;
        Assert.Equal(["a", "ab"], root.Steps.Select(static step => step.Output));
    }

    [Fact]
    public async Task Items_are_recorded_if_the_next_page_is_read_ahead_of_them()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        string[][] pages = [["a", "b"], ["c"], ["d", "e"]];

        var stream = container.Work.Get<AheadTexts>("stream", () => new PrefetchedTexts(pages));

        Assert.Equal(["a", "b", "c"], await stream.Take(3).ToListAsync(TestContext.Current.CancellationToken));
        Assert.Equal("abc", (await container.TraceAsync()).Root.Output);
    }

    [Fact]
    public async Task Pages_whose_items_were_read_are_not_kept()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        List<WeakReference> pages = [];
        var stream = container.Work.Get<PagedTexts>("stream", () => new NewTexts(pages));
        await using var items = stream.GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await items.MoveNextAsync());
        Assert.True(await items.MoveNextAsync());

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        Assert.Equal([false, true], pages.Select(static page => page.IsAlive));
        Assert.True(await items.MoveNextAsync());
    }

    /// <summary>Reads a page, then its items, then the next page.</summary>
    public abstract class PagedTexts : IAsyncEnumerable<string>
    {
        public async IAsyncEnumerator<string> GetAsyncEnumerator(CancellationToken cancellationToken = default)
        {
            await foreach (var page in PagesAsync())
            {
                await foreach (var item in ItemsAsync(page))
                {
                    yield return item;
                }
            }
        }

        public abstract IAsyncEnumerable<string[]> PagesAsync();

        protected abstract IAsyncEnumerable<string> ItemsAsync(string[] page);
    }

    /// <summary>Reads each page before the items of the one before it.</summary>
    public abstract class AheadTexts : IAsyncEnumerable<string>
    {
        public async IAsyncEnumerator<string> GetAsyncEnumerator(CancellationToken cancellationToken = default)
        {
            await using var pages = PagesAsync().GetAsyncEnumerator(cancellationToken);
            for (var hasNext = await pages.MoveNextAsync(); hasNext;)
            {
                var page = pages.Current;
                hasNext = await pages.MoveNextAsync();
                await foreach (var item in ItemsAsync(page))
                {
                    yield return item;
                }
            }
        }

        public abstract IAsyncEnumerable<string[]> PagesAsync();

        protected abstract IAsyncEnumerable<string> ItemsAsync(string[] page);
    }

    private sealed class Texts(string[][] pages) : PagedTexts
    {
        public override IAsyncEnumerable<string[]> PagesAsync() => pages.ToAsyncEnumerable();

        protected override IAsyncEnumerable<string> ItemsAsync(string[] page) => page.ToAsyncEnumerable();
    }

    private sealed class PrefetchedTexts(string[][] pages) : AheadTexts
    {
        public override IAsyncEnumerable<string[]> PagesAsync() => pages.ToAsyncEnumerable();

        protected override IAsyncEnumerable<string> ItemsAsync(string[] page) => page.ToAsyncEnumerable();
    }

    /// <summary>Creates its pages while it is read, and remembers them weakly.</summary>
    private sealed class NewTexts(List<WeakReference> pages) : PagedTexts
    {
        public override async IAsyncEnumerable<string[]> PagesAsync()
        {
            for (var page = 0; page < 3; page++)
            {
                await Task.Yield();
                yield return Create();
            }
        }

        protected override IAsyncEnumerable<string> ItemsAsync(string[] page) => page.ToAsyncEnumerable();

        [MethodImpl(MethodImplOptions.NoInlining)]
        private string[] Create()
        {
            string[] page = ["item"];
            pages.Add(new WeakReference(page));
            return page;
        }
    }
}
