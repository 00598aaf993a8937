using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.ModelClients.Proxies;
using Openlayer.Interception.Streaming;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Tests.ModelClients.Proxies;

public sealed class StreamFactoryWrappingTests : IAsyncDisposable
{
    private readonly OpenlayerTracer _tracer = new(new() { SendToOpenlayer = false });

    private readonly List<string> _observed = [];

    public ValueTask DisposeAsync() => _tracer.DisposeAsync();

    [Theory]
    [InlineData(typeof(string))]
    [InlineData(typeof(Func<IAsyncEnumerable<string>>))]
    [InlineData(typeof(Func<int, IAsyncEnumerable<string>>))]
    [InlineData(typeof(Func<int, int, Task<string>>))]
    [InlineData(typeof(Func<int, int, IEnumerable<string>>))]
    [InlineData(typeof(Func<,,>))]
    public void Only_a_function_of_two_parameters_that_returns_a_stream_is_wrapped(Type type) => Assert.Null(StreamFactoryWrapping.For(type));

    [Fact]
    public async Task Each_stream_that_the_function_returns_is_observed_with_the_functions_arguments()
    {
        Func<int, string, IAsyncEnumerable<string>> factory = static (number, text) => new[] { $"{number}", text }.ToAsyncEnumerable();
        var wrapping = StreamFactoryWrapping.For(factory.GetType());
        Assert.NotNull(wrapping);

        var wrapped = (Func<int, string, IAsyncEnumerable<string>>)wrapping.Wrap(factory, new CallObserver(_tracer, _observed));

        Assert.Empty(_observed);
        Assert.Equal(["1", "a"], await wrapped(1, "a").ToArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["2", "b"], await wrapped(2, "b").ToArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["first: 1", "first: a", "first: Exhausted", "again: 2", "again: b", "again: Exhausted"], _observed);
    }

    [Fact]
    public void An_exception_of_the_function_reaches_the_caller()
    {
        var thrown = new InvalidOperationException();
        Func<int, int, IAsyncEnumerable<string>> factory = (_, _) => throw thrown;

        var wrapped = (Func<int, int, IAsyncEnumerable<string>>)StreamFactoryWrapping.For(factory.GetType())!.Wrap(factory, new CallObserver(_tracer, _observed));

        Assert.Same(thrown, Assert.Throws<InvalidOperationException>(() => wrapped(1, 2)));
    }

    private readonly struct CallObserver(OpenlayerTracer tracer, List<string> observed) : ICallObserver
    {
        public TResult Succeeded<TResult>(TResult result) => result;

        public void Completed<TResult>(TResult result)
        {
        }

        public void Failed(Exception exception)
        {
        }

        public StreamObserver<T> OpenStream<T>() => new Observer<T>(tracer, observed, "first");
    }

    private sealed class Observer<T>(OpenlayerTracer tracer, List<string> observed, string name) : StreamObserver<T>(new InternalLog(null))
    {
        private bool _hasEnded;

        public override AmbientScope Scope => new(tracer.Steps.Ambient, StepContext.Untraced);

        public override void OnMoveNext()
        {
        }

        protected override void RecordItem(T item) => observed.Add($"{name}: {item}");

        protected override void RecordEnd(StreamEnd end, Exception? failure)
        {
            // Only the first call counts.
            if (!_hasEnded)
            {
                _hasEnded = true;
                observed.Add($"{name}: {end}");
            }
        }

        protected override StreamObserver<T> CreateNext() => new Observer<T>(tracer, observed, "again");
    }
}
