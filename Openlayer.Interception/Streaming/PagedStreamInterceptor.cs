using System.Runtime.CompilerServices;
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

    // The observer of each page. Weak keys: pages can be collected once they have been read.
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

    // The enumeration of the pages detects leaks for the whole enumeration.
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
