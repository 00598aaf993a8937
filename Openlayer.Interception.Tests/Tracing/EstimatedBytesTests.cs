using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Tracing;

public sealed class EstimatedBytesTests : IAsyncDisposable
{
    private const int Megabyte = 1024 * 1024;

    private readonly TracedContainer _container = new(RegistrationStyle.InterfaceProxySingleton, static options =>
    {
        options.Capture.MaxStringLength = Megabyte;
        options.Capture.MaxBytes = 4 * Megabyte;
    });

    private static string Large => new('x', Megabyte / 2);

    public static TheoryData<string> PlacesForAValue =>
    [
        "output", "ground truth", "input", "metadata", "column", "raw output", "model parameter", "documents", "arguments", "handoff",
    ];

    [Theory]
    [MemberData(nameof(PlacesForAValue))]
    public async Task A_large_value_counts_in_every_property(string place)
    {
        using (var scope = _container.Tracer.StartStep("step", TypeFor(place)))
        {
            Set(scope.Step, place, Large);
        }

        Assert.InRange((await _container.TraceAsync()).EstimatedBytes, Megabyte, Megabyte * 1.01);
    }

    [Theory]
    [MemberData(nameof(PlacesForAValue))]
    public async Task A_replaced_value_counts_once(string place)
    {
        using (var scope = _container.Tracer.StartStep("step", TypeFor(place)))
        {
            for (var length = 0; length < 100; length++)
            {
                Set(scope.Step, place, new string('x', length * 1_000));
            }

            Set(scope.Step, place, Large);
        }

        Assert.InRange((await _container.TraceAsync()).EstimatedBytes, Megabyte, Megabyte * 1.01);
    }

    [Fact]
    public async Task A_removed_value_no_longer_counts()
    {
        using (var scope = _container.Tracer.StartStep("step"))
        {
            scope.Step.Metadata["one"] = Large;
            scope.Step.Metadata["two"] = Large;
            scope.Step.Metadata.Remove("one");
            scope.Step.Metadata.Clear();
            scope.Step.Metadata["three"] = Large;
        }

        Assert.InRange((await _container.TraceAsync()).EstimatedBytes, Megabyte, Megabyte * 1.01);
    }

    [Fact]
    public async Task Arguments_and_results_of_intercepted_calls_count()
    {
        await _container.Work.UseAsync("call", Large, static input => Task.FromResult(input + "!"));

        Assert.InRange((await _container.TraceAsync()).EstimatedBytes, 2 * Megabyte, 2 * Megabyte * 1.01);
    }

    [Fact]
    public async Task Reading_inputs_does_not_count_them_twice()
    {
        await _container.Work.UseAsync("call", Large, input =>
        {
            Assert.Equal(3, _container.Tracer.CurrentStep!.Inputs.Count);
            return Task.FromResult(true);
        });

        Assert.InRange((await _container.TraceAsync()).EstimatedBytes, Megabyte, Megabyte * 1.01);
    }

    [Fact]
    public async Task An_object_counts_whether_it_is_serialised_during_the_call_or_kept_because_it_is_immutable()
    {
        // The first value of a type is always serialised during the call.
        await _container.Work.UseAsync("call", new Note("", 1), static _ => Task.FromResult(true));
        await _container.Work.UseAsync("call", new Note(Large, 1), static _ => Task.FromResult(true));
        await _container.Work.UseAsync("call", new[] { new Note(Large, 1) }, static _ => Task.FromResult(true));
        await _container.Work.UseAsync("call", new[] { new Note(Large, 1) }, static _ => Task.FromResult(true));
        await _container.Work.UseAsync("call", new Draft { Text = Large }, static _ => Task.FromResult(true));

        Assert.All((await _container.TracesAsync()).Skip(1), static trace => Assert.InRange(trace.EstimatedBytes, Megabyte / 2, Megabyte * 1.01));
    }

    [Fact]
    public async Task The_items_of_a_stream_count()
    {
        await foreach (var _ in _container.Work.Stream("text", static () => Produce(Large, 1)))
        {
        }

        await foreach (var _ in _container.Work.Stream("numbers", static () => Produce(1L, 1_000)))
        {
        }

        var traces = await _container.TracesAsync();
        Assert.InRange(traces[0].EstimatedBytes, Megabyte, Megabyte * 1.01);
        Assert.InRange(traces[1].EstimatedBytes, 8_000, 12_000);

        static async IAsyncEnumerable<T> Produce<T>(T item, int count)
        {
            for (var index = 0; index < count; index++)
            {
                await Task.CompletedTask;
                yield return item;
            }
        }
    }

    [Fact]
    public async Task Small_steps_count_with_a_fixed_size()
    {
        using (_container.Tracer.StartStep("root"))
        {
            for (var step = 1; step < 1_000; step++)
            {
                _container.Work.Do("step");
            }
        }

        Assert.InRange((await _container.TraceAsync()).EstimatedBytes, 250_000, 1_000_000);
    }

    public ValueTask DisposeAsync() => _container.DisposeAsync();

    private static StepType TypeFor(string place) => place switch
    {
        "raw output" or "model parameter" => StepType.ChatCompletion,
        "documents" => StepType.Retriever,
        "arguments" => StepType.Tool,
        "handoff" => StepType.Handoff,
        _ => StepType.UserCall,
    };

    private static void Set(Step step, string place, string value)
    {
        switch (place)
        {
            case "output":
                step.Output = value;
                break;
            case "ground truth":
                step.GroundTruth = value;
                break;
            case "input":
                step.Inputs["name"] = value;
                break;
            case "metadata":
                step.Metadata["name"] = value;
                break;
            case "column":
                step.Trace.Metadata["name"] = value;
                break;
            case "raw output":
                ((ModelStep)step).RawOutput = value;
                break;
            case "model parameter":
                var model = (ModelStep)step;
                model.ModelParameters ??= new Dictionary<string, object?>();
                model.ModelParameters["name"] = value;
                break;
            case "documents":
                ((RetrieverStep)step).Documents = value;
                break;
            case "arguments":
                ((ToolStep)step).Arguments = value;
                break;
            case "handoff":
                ((HandoffStep)step).HandoffData = value;
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(place), place, "There is no such place.");
        }
    }

    private sealed record Note(string Text, int Number);

    private sealed class Draft
    {
        public string Text { get; set; } = "";
    }
}
