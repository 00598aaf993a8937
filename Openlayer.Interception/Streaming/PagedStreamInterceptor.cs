using System.Runtime.CompilerServices;
using Castle.DynamicProxy;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Streaming;

/// <summary>
/// Stands in for a <see cref="PagedStream"/>: a proxy derived from its class, whose pages and items are observed on their way to the
/// enumerator. An enumeration begins and ends with that of its pages.
/// </summary>
internal sealed class PagedStreamInterceptor<TPage, T> : IInterceptor
    where TPage : class
{
    private static readonly ProxyGenerator Generator = new();

    // Which enumeration a page came from. Weak in its keys: pages are let go as they are read.
    private readonly ConditionalWeakTable<TPage, StreamObserver<T>> _observers = [];
    private Enumerations<T> _enumerations;

    private PagedStreamInterceptor(Enumeration<T> first) => _enumerations = new(first);

    public static object Proxy(Type proxyBase, object stream, StreamObserver<T> observer) =>
        Generator.CreateClassProxyWithTarget(proxyBase, stream, new PagedStreamInterceptor<TPage, T>(new(observer)));

    public void Intercept(IInvocation invocation)
    {
        invocation.Proceed();
        invocation.ReturnValue = (invocation.ReturnValue, invocation.Arguments) switch
        {
            (IAsyncEnumerable<TPage> pages, []) => new ObservedStream<TPage>(pages, new(NextObserver())),
            (IEnumerable<TPage> pages, []) => new ObservedSequence<TPage>(pages, new(NextObserver())),
            (IAsyncEnumerable<T> items, [TPage page]) when _observers.TryGetValue(page, out var observer) =>
                new ObservedStream<T>(items, new(new ItemObserver(observer))),
            (IEnumerable<T> items, [TPage page]) when _observers.TryGetValue(page, out var observer) =>
                new ObservedSequence<T>(items, new(new ItemObserver(observer))),
            (var other, _) => other,
        };
    }

    // An enumeration is held by that of its pages.
    private PageObserver NextObserver() => new(_observers, _enumerations.Next().Detach());

    private sealed class PageObserver(ConditionalWeakTable<TPage, StreamObserver<T>> observers, StreamObserver<T> observer)
        : StreamObserver<TPage>(observer.Log)
    {
        public override AmbientScope Scope => observer.Scope;

        public override void OnMoveNext() => observer.OnMoveNext();

        protected override void RecordItem(TPage item) => observers.AddOrUpdate(item, observer);

        protected override void RecordEnd(StreamEnd end, Exception? failure) => observer.OnEnded(end, failure);

        protected override StreamObserver<TPage> CreateNext() => new PageObserver(observers, observer.ForNextEnumeration());
    }

    /// <summary>The items of one page: that they end is no end of the stream, that they fail is.</summary>
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
