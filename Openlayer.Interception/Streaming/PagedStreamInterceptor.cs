using System.Runtime.CompilerServices;
using Castle.DynamicProxy;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Streaming;

/// <summary>
/// Intercepts a proxy derived from the class of a <see cref="PagedStream"/>, and observes its pages and items on their way to the
/// enumerator. An enumeration begins and ends with the enumeration of its pages.
/// </summary>
internal sealed class PagedStreamInterceptor<TPage, T> : IInterceptor
    where TPage : class
{
    private static readonly ProxyGenerator Generator = new();

    // The enumeration that each page belongs to. Weak in its keys: pages are released once read.
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

    /// <summary>Observes the items of one page. Their end does not end the stream, their failure does.</summary>
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
