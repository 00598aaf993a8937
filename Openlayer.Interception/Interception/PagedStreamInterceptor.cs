using System.Runtime.CompilerServices;
using Castle.DynamicProxy;

namespace Openlayer.Interception.Interception;

/// <summary>
/// Stands in for a <see cref="PagedStream"/>: a proxy derived from its class, whose pages and items are observed on their way to the
/// enumerator. An enumeration begins and ends with that of its pages.
/// </summary>
internal sealed class PagedStreamInterceptor<TPage, T> : IInterceptor
    where TPage : class
{
    private static readonly ProxyGenerator Generator = new();

    private readonly StreamObserver<T> _first;

    // Which enumeration a page came from. Weak in its keys: pages are let go as they are read.
    private readonly ConditionalWeakTable<TPage, StreamObserver<T>> _observers = [];
    private int _enumerations;

    public PagedStreamInterceptor(StreamObserver<T> first) => _first = first;

    ~PagedStreamInterceptor()
    {
        if (_enumerations == 0)
        {
            _first.Ended(StreamEnd.Abandoned);
        }
    }

    public static object Proxy(Type proxyBase, object stream, StreamObserver<T> observer) =>
        Generator.CreateClassProxyWithTarget(proxyBase, stream, new PagedStreamInterceptor<TPage, T>(observer));

    public void Intercept(IInvocation invocation)
    {
        invocation.Proceed();
        invocation.ReturnValue = (invocation.ReturnValue, invocation.Arguments) switch
        {
            (IAsyncEnumerable<TPage> pages, []) => new ObservedStream<TPage>(pages, NextObserver()),
            (IEnumerable<TPage> pages, []) => new ObservedSequence<TPage>(pages, NextObserver()),
            (IAsyncEnumerable<T> items, [TPage page]) when _observers.TryGetValue(page, out var observer) =>
                new ObservedStream<T>(items, new ItemObserver(observer)),
            (IEnumerable<T> items, [TPage page]) when _observers.TryGetValue(page, out var observer) =>
                new ObservedSequence<T>(items, new ItemObserver(observer)),
            (var other, _) => other,
        };
    }

    private PageObserver NextObserver()
    {
        var isFirst = Interlocked.Increment(ref _enumerations) == 1;
        return new PageObserver(_observers, isFirst ? _first : _first.Again());
    }

    private sealed class PageObserver(ConditionalWeakTable<TPage, StreamObserver<T>> observers, StreamObserver<T> observer) : StreamObserver<TPage>
    {
        public override object Enter() => observer.Enter();

        public override void Leave(object entered) => observer.Leave(entered);

        public override void Asked() => observer.Asked();

        public override void Produced(TPage item) => observers.AddOrUpdate(item, observer);

        public override void Ended(StreamEnd end, Exception? exception = null) => observer.Ended(end, exception);

        public override StreamObserver<TPage> Again() => new PageObserver(observers, observer.Again());
    }

    /// <summary>The items of one page: that they end is no end of the stream, that they fail is.</summary>
    private sealed class ItemObserver(StreamObserver<T> observer) : StreamObserver<T>
    {
        public override object Enter() => observer.Enter();

        public override void Leave(object entered) => observer.Leave(entered);

        public override void Asked() => observer.Asked();

        public override void Produced(T item) => observer.Produced(item);

        public override void Ended(StreamEnd end, Exception? exception = null)
        {
            if (exception is not null)
            {
                observer.Ended(end, exception);
            }
        }

        public override StreamObserver<T> Again() => this;
    }
}
