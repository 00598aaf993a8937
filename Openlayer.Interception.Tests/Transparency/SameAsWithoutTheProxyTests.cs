using CsCheck;
using Openlayer.Interception.Tests.Guardrails;

namespace Openlayer.Interception.Tests.Transparency;

public sealed class SameAsWithoutTheProxyTests(ITestOutputHelper output) : IDisposable
{
    private const int Sequences = 12_000;

    private static readonly Gen<ScriptedSequence> AllSequences = SequencesOf(Gen.Enum<Making>());

    // The result of a task is checked before the caller gets it, so the caller gets another task.
    private static readonly Gen<ScriptedSequence> GuardedSequences =
        SequencesOf(Gen.Enum<Making>().Where(static making => making is not (Making.SourceWithState or Making.Cold or Making.OwnTask)));

    private ProxiedServices _services = ProxiedServices.Of<Shapes, IShapes>();

    public void Dispose() => _services.Dispose();

    [Fact]
    public void Any_sequence_of_calls_behaves_as_without_the_proxy()
    {
        AllSequences.Sample(HoldsFor, iter: Sequences, writeLine: output.WriteLine);
        output.WriteLine($"{Sequences:N0} sequences were the same with and without the proxy.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Any_sequence_of_calls_with_a_guardrail_that_allows_them_behaves_as_without_the_proxy(bool isTraced)
    {
        _services.Dispose();
        _services = ProxiedServices.Of<Shapes, IShapes>(options =>
        {
            options.Enabled = isTraced;
            options.Guardrails.Add(new AllowingGuardrail(GuardrailStreaming.Item), static _ => true).Required = true;
        });
        GuardedSequences.Sample(HoldsFor, iter: Sequences, writeLine: output.WriteLine);
    }

    private static Gen<ScriptedSequence> SequencesOf(Gen<Making> makings) =>
        from isPumped in Gen.Bool
        from calls in CallsOf(makings).Array[1, 5]
        select new ScriptedSequence(isPumped, calls);

    private static Gen<ScriptedCall> CallsOf(Gen<Making> makings) =>
        from shape in Gen.Enum<Shape>()
        from making in makings
        from ending in Gen.Frequency((1, Gen.Const(Ending.Result)), (2, Gen.Enum<Ending>()))
        from waits in Gen.Int[0, 3]
        from items in Gen.Int[0, 3]
        from consumption in Gen.Enum<Consumption>()
        from cancelling in Gen.Frequency((2, Gen.Const(Cancelling.Never)), (1, Gen.Enum<Cancelling>()))
        from releases in Gen.Int[0, 3]
        from order in Gen.Int[0, 3]
        select new ScriptedCall
        {
            Shape = shape,
            Making = making,
            Ending = ending,
            Waits = waits,
            Items = items,
            Consumption = consumption,
            Cancelling = cancelling,
            Releases = releases,
            Order = order,
        };

    private void HoldsFor(ScriptedSequence sequence)
    {
        var bare = Run(sequence, new Shapes());
        var proxied = Run(sequence, _services.Resolve<IShapes>());
        for (var index = 0; index < Math.Max(bare.Count, proxied.Count); index++)
        {
            var expected = index < bare.Count ? bare[index] : "nothing";
            var actual = index < proxied.Count ? proxied[index] : "nothing";
            if (expected != actual)
            {
                var before = string.Join("\n  ", bare.Take(index));
                Assert.Fail($"One of {Sequences} sequences differs.\nThe same in both:\n  {before}\nBare:\n  {expected}\nProxied:\n  {actual}");
            }
        }
    }

    private IReadOnlyList<string> Run(ScriptedSequence sequence, IShapes service)
    {
        var stage = new Stage(sequence.IsPumped);
        var previous = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(stage.Context);
        try
        {
            var caller = new Caller(service, stage, _services.Tracer);
            var scripts = sequence.Calls.Select((call, index) => new Script(stage, call, index)).ToArray();
            var calls = new List<Task>();
            foreach (var script in scripts)
            {
                calls.Add(caller.CallAsync(script));
                stage.Pump();
                for (var release = 0; release < script.Call.Releases; release++)
                {
                    stage.Release(script.Call.Order);
                }
            }

            while (stage.IsPending)
            {
                stage.Release(0);
            }

            foreach (var (script, call) in scripts.Zip(calls))
            {
                script.Observe($"{call.Status}, ran {script.Runs} times, disposed {script.Disposals} times");
            }

            return stage.Observed;
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(previous);
        }
    }
}
