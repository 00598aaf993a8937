using System.Reflection;
using Castle.DynamicProxy;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Streaming;

/// <summary>
/// Intercepts a proxy of a <see cref="PagedStream"/> and observes the pages and items that its enumerator reads. An enumeration begins and
/// ends with the enumeration of its pages.
/// </summary>
internal sealed class PagedStreamInterceptor<TPage, T> : IInterceptor
    where TPage : class
{
    private static readonly ProxyGenerator Generator = new();

    // The pages whose items may still be requested, in the order in which they were read. Mostly one. Locked.
    private readonly List<ReadPage> _pages = new(capacity: 1);
    private Enumerations<T> _enumerations;

    private PagedStreamInterceptor(Enumeration<T> first) => _enumerations = new(first);

    /// <summary>Returns the function that creates the proxies of the instances of a class.</summary>
    public static Func<object, StreamObserver<T>, object> Proxies(Type proxyBase)
    {
        var type = Generator.ProxyBuilder.CreateClassProxyTypeWithTarget(proxyBase, [], ProxyGenerationOptions.Default);
        var constructor = ConstructorInvoker.Create(type.GetConstructor([proxyBase, typeof(IInterceptor[])])!);
        return (stream, observer) => constructor.Invoke(stream, new IInterceptor[] { new PagedStreamInterceptor<TPage, T>(new(observer)) });
    }

    public void Intercept(IInvocation invocation)
    {
        invocation.Proceed();
        invocation.ReturnValue = (invocation.ReturnValue, invocation.Arguments) switch
        {
            (IAsyncEnumerable<TPage> pages, []) => new ObservedStream<TPage>(pages, new(NextObserver())),
            (IEnumerable<TPage> pages, []) => new ObservedSequence<TPage>(pages, new(NextObserver())),
            (IAsyncEnumerable<T> items, [TPage page]) when ReaderOf(page) is { } reader => new ObservedStream<T>(items, new(new ItemObserver(reader))),
            (IEnumerable<T> items, [TPage page]) when ReaderOf(page) is { } reader => new ObservedSequence<T>(items, new(new ItemObserver(reader))),
            (var other, _) => other,
        };
    }

    // The enumeration of the pages detects leaks for the whole enumeration.
    private PageObserver NextObserver() => new(this, _enumerations.Next().Detach());

    // The observer of the enumeration that read a page, the last one if several read the same.
    private StreamObserver<T>? ReaderOf(TPage page)
    {
        lock (_pages)
        {
            if (_pages.FindLast(read => ReferenceEquals(read.Page, page)) is not { } found)
            {
                return null;
            }

            found.IsRequested = true;
            return found.Enumeration.Items;
        }
    }

    /// <param name="page">The page.</param>
    /// <param name="enumeration">The observer of the enumeration that read it.</param>
    private sealed class ReadPage(TPage page, PageObserver enumeration)
    {
        public TPage Page => page;

        public PageObserver Enumeration => enumeration;

        /// <summary>Whether its items were requested. When the enumeration reads another page, they are not requested again.</summary>
        public bool IsRequested { get; set; }
    }

    private sealed class PageObserver(PagedStreamInterceptor<TPage, T> stream, StreamObserver<T> observer) : StreamObserver<TPage>(observer.Log)
    {
        public StreamObserver<T> Items => observer;

        public override AmbientScope Scope => observer.Scope;

        public override void OnMoveNext() => observer.OnMoveNext();

        protected override void RecordItem(TPage item)
        {
            lock (stream._pages)
            {
                stream._pages.RemoveAll(read => ReferenceEquals(read.Enumeration, this) && read.IsRequested);
                stream._pages.Add(new(item, this));
            }
        }

        protected override void RecordEnd(StreamEnd end, Exception? failure)
        {
            lock (stream._pages)
            {
                stream._pages.RemoveAll(read => ReferenceEquals(read.Enumeration, this));
            }

            observer.OnEnded(end, failure);
        }

        protected override StreamObserver<TPage> CreateNext() => new PageObserver(stream, observer.ForNextEnumeration());
    }

    /// <summary>Observes the items of one page. The stream does not end with the page, but it ends if reading the page fails.</summary>
    private sealed class ItemObserver(StreamObserver<T> observer) : StreamObserver<T>(observer.Log)
    {
        public override AmbientScope Scope => observer.Scope;

        public override void OnMoveNext() => observer.OnMoveNext();

        protected override void RecordItem(T item) => observer.OnItem(item);

        protected override void RecordEnd(StreamEnd end, Exception? failure)
        {
            if (failure is not null)
            {
                observer.OnEnded(end, failure);
            }
        }

        protected override StreamObserver<T> CreateNext() => this;
    }
}
