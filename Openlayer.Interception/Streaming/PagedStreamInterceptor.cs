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

    // The enumerations that are going on. Mostly one. Locked.
    private readonly List<PageObserver> _reading = new(capacity: 1);
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

    // The observer of the enumeration that has just read a page.
    private StreamObserver<T>? ReaderOf(TPage page)
    {
        lock (_reading)
        {
            return _reading.Find(enumeration => ReferenceEquals(enumeration.Page, page))?.Items;
        }
    }

    private sealed class PageObserver(PagedStreamInterceptor<TPage, T> stream, StreamObserver<T> observer) : StreamObserver<TPage>(observer.Log)
    {
        public StreamObserver<T> Items => observer;

        /// <summary>The page that is read. Null before the first.</summary>
        public TPage? Page { get; private set; }

        public override AmbientScope Scope => observer.Scope;

        public override void OnMoveNext() => observer.OnMoveNext();

        protected override void RecordItem(TPage item)
        {
            lock (stream._reading)
            {
                if (!stream._reading.Contains(this))
                {
                    stream._reading.Add(this);
                }

                Page = item;
            }
        }

        protected override void RecordEnd(StreamEnd end, Exception? failure)
        {
            lock (stream._reading)
            {
                stream._reading.Remove(this);
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
