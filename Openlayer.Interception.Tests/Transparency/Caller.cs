using System.Globalization;

namespace Openlayer.Interception.Tests.Transparency;

/// <summary>Makes scripted calls and records everything that a caller can observe.</summary>
internal sealed class Caller(IShapes service, Stage stage, OpenlayerTracer tracer)
{
    public async Task CallAsync(Script script)
    {
        script.SetLocal("caller");
        script.CancelDuringTheCall();
        ObserveCaller(script, "before the call");
        try
        {
            await ConsumeAsync(script);
        }
        catch (Exception exception)
        {
            script.Observe($"caught {script.Describe(exception)}");
        }

        ObserveCaller(script, "in the end");
        if (script.Call.Cancelling == Cancelling.After)
        {
            script.Cancellation.Cancel();
        }
    }

    private Task ConsumeAsync(Script script) => script.Call.Shape switch
    {
        Shape.Nothing => Now(script, () =>
        {
            service.Nothing(script);
            return null;
        }),
        Shape.Value => Now(script, () => service.Value(script)),
        Shape.Reference => Now(script, () => service.Reference(script)),
        Shape.Task => ConsumeTaskAsync(script, service.Task(script)),
        Shape.TaskOfValue => ConsumeTaskAsync(script, service.TaskOfValue(script)),
        Shape.TaskOfReference => ConsumeTaskAsync(script, service.TaskOfReference(script)),
        Shape.ValueTask => ConsumeValueTaskAsync(script, service.ValueTask(script)),
        Shape.ValueTaskOfValue => ConsumeValueTaskAsync(script, service.ValueTaskOfValue(script)),
        Shape.ValueTaskOfReference => ConsumeValueTaskAsync(script, service.ValueTaskOfReference(script)),
        Shape.Stream => ConsumeStreamAsync(script, service.Stream(script, Given(script))),
        Shape.StreamOfObjects => ConsumeStreamAsync(script, service.StreamOfObjects(script, Given(script))),
        Shape.TaskOfStream => ConsumeTaskOfStreamAsync(script, service.TaskOfStream(script)),
        Shape.ValueTaskOfStream => ConsumeValueTaskOfStreamAsync(script, service.ValueTaskOfStream(script)),
        Shape.Sequence => Now(script, () => Consume(script, service.Sequence(script))),
        Shape.SequenceOfObjects => Now(script, () => Consume(script, service.SequenceOfObjects(script))),
        Shape.List => Now(script, () => service.List(script) is List<int> { Count: var count } ? count : "no list"),
        Shape.ByReference => Now(script, () => ByReference(script)),
        Shape.Optional => Now(script, () => script.Call.Items == 0 ? service.Optional(script) : service.Optional(script, 1, 2, 3)),
        Shape.Generic => Now(script, () => (service.Generic(script, 6), service.Generic(script, "given"), service.Generic(script, (1, "pair")))),
        Shape.GenericTask => script.Call.Items == 0
            ? ConsumeTaskAsync(script, service.GenericTask(script, 7))
            : ConsumeTaskAsync(script, service.GenericTask(script, "given")),
        Shape.Default => Now(script, () => service.Default(script)),
        Shape.DefaultTask => ConsumeTaskAsync(script, service.DefaultTask(script)),
        Shape.Explicit => Now(script, () => service.Explicit(script)),
        Shape.PropertyAndIndexer => Now(script, () =>
        {
            service.Property = script.Call.Items - 1;
            return service.Property + service[script.Call.Items];
        }),
        Shape.Event => Now(script, () => Event(script)),
        _ => throw new ArgumentOutOfRangeException(nameof(script)),
    };

    private static CancellationToken Given(Script script) =>
        script.Call.Cancelling != Cancelling.Never && script.Call.Consumption == Consumption.Whole
            ? script.Cancellation.Token
            : CancellationToken.None;

    private Task Now(Script script, Func<object?> call)
    {
        var result = call();
        ObserveCaller(script, "at return");
        script.Observe(string.Create(CultureInfo.InvariantCulture, $"result {result ?? "null"}"));
        return Task.CompletedTask;
    }

    private string ByReference(Script script)
    {
        var changed = 10;
        var written = "untouched";
        string returned;
        try
        {
            returned = string.Create(CultureInfo.InvariantCulture, $"{service.ByReference(script, ref changed, out written, 5)}");
        }
        catch (Exception exception)
        {
            returned = script.Describe(exception);
        }

        return string.Create(CultureInfo.InvariantCulture, $"{returned}, {changed}, {written}");
    }

    private int Event(Script script)
    {
        var raised = 0;
        service.Changed += OnChanged;
        service.Raise(8);
        service.Changed -= OnChanged;
        service.Raise(9);
        return raised;

        void OnChanged(object? sender, int value)
        {
            raised += value;
            script.ObserveSurroundings($"event from {sender?.GetType().Name}");
        }
    }

    private async Task ConsumeTaskAsync(Script script, Task? task)
    {
        ObserveReturnedTask(script, task);
        if (task is null)
        {
            return;
        }

        for (var round = 0; round < (script.Call.Consumption == Consumption.Twice ? 2 : 1); round++)
        {
            try
            {
                if (script.Call.Consumption == Consumption.BlockOrLeaveEarly && task.IsCompleted)
                {
                    task.Wait();
                }
                else if (script.Call.Consumption == Consumption.Combined)
                {
                    await Task.WhenAll(task, Task.CompletedTask);
                }
                else
                {
                    await task;
                }
            }
            catch (Exception exception)
            {
                script.Observe($"caught {script.Describe(exception)}");
            }

            ObserveCaller(script, "after the task");
        }

        script.Observe(string.Create(
            CultureInfo.InvariantCulture,
            $"{task.Status}, {(task.IsCompletedSuccessfully ? Result(task) : "no result")}, {(task.Exception is { } all ? script.Describe(all) : "no exception")}"));
    }

    private async Task ConsumeValueTaskAsync(Script script, ValueTask task)
    {
        ObserveReturned(script, task.IsCompleted, task.IsCompletedSuccessfully, task.IsFaulted, task.IsCanceled);
        switch (script.Call.Consumption)
        {
            case Consumption.Combined:
                await ConsumeTaskAsync(script, task.AsTask());
                break;
            case Consumption.BlockOrLeaveEarly when task.IsCompleted:
                task.GetAwaiter().GetResult();
                break;
            case Consumption.Twice:
                task = task.Preserve();
                await task;
                await task;
                break;
            default:
                await task;
                break;
        }
    }

    private async Task ConsumeValueTaskAsync<T>(Script script, ValueTask<T> task)
    {
        ObserveReturned(script, task.IsCompleted, task.IsCompletedSuccessfully, task.IsFaulted, task.IsCanceled);
        switch (script.Call.Consumption)
        {
            case Consumption.Combined:
                await ConsumeTaskAsync(script, task.AsTask());
                break;
            case Consumption.BlockOrLeaveEarly when task.IsCompleted:
                script.Observe($"result {task.Result}");
                break;
            case Consumption.Twice:
                task = task.Preserve();
                script.Observe($"result {await task}, {await task}");
                break;
            default:
                script.Observe($"result {await task}");
                break;
        }
    }

    private async Task ConsumeTaskOfStreamAsync(Script script, Task<IAsyncEnumerable<int>>? task)
    {
        ObserveReturnedTask(script, task);
        if (task is not null)
        {
            await ConsumeStreamAsync(script, await task);
        }
    }

    private async Task ConsumeValueTaskOfStreamAsync(Script script, ValueTask<IAsyncEnumerable<int>> task)
    {
        ObserveReturned(script, task.IsCompleted, task.IsCompletedSuccessfully, task.IsFaulted, task.IsCanceled);
        await ConsumeStreamAsync(script, await task);
    }

    private async Task ConsumeStreamAsync<T>(Script script, IAsyncEnumerable<T>? stream)
    {
        ObserveCaller(script, "at return");
        script.Observe(stream is null ? "no stream" : $"a stream{(stream is IAsyncEnumerable<string> ? " of strings" : "")}");
        if (stream is null)
        {
            return;
        }

        switch (script.Call.Consumption)
        {
            case Consumption.Combined:
                await ReadByHandAsync(script, stream);
                break;
            case Consumption.DisposeWhilePending:
                await DisposeWhilePendingAsync(script, stream);
                break;
            default:
                for (var round = 0; round < (script.Call.Consumption == Consumption.Twice ? 2 : 1); round++)
                {
                    await ReadAsync(script, stream);
                }

                break;
        }
    }

    private async Task ReadAsync<T>(Script script, IAsyncEnumerable<T> stream)
    {
        try
        {
            await foreach (var item in stream.WithCancellation(Given(script)))
            {
                ObserveCaller(script, $"item {item}");
                script.SetLocal("reading caller");
                if (script.Call.Consumption == Consumption.BlockOrLeaveEarly)
                {
                    break;
                }
            }
        }
        catch (Exception exception)
        {
            script.Observe($"caught {script.Describe(exception)}");
        }

        ObserveCaller(script, "after the stream");
    }

    private async Task ReadByHandAsync<T>(Script script, IAsyncEnumerable<T> stream)
    {
        var enumerator = stream.GetAsyncEnumerator(script.Cancellation.Token);
        while (true)
        {
            var moving = enumerator.MoveNextAsync();
            ObserveReturned(script, moving.IsCompleted, moving.IsCompletedSuccessfully, isFaulted: false, isCanceled: false);
            if (!await moving)
            {
                break;
            }

            script.Observe($"item {enumerator.Current}");
        }

        // Moves once more after the end, and does not dispose the enumerator.
        script.Observe($"moved: {await enumerator.MoveNextAsync()}");
    }

    private async Task DisposeWhilePendingAsync<T>(Script script, IAsyncEnumerable<T> stream)
    {
        var enumerator = stream.GetAsyncEnumerator(CancellationToken.None);
        var moving = enumerator.MoveNextAsync();
        if (!moving.IsCompleted)
        {
            await DisposeAsync(script, enumerator);
        }

        try
        {
            script.Observe($"moved: {await moving}");
        }
        catch (Exception exception)
        {
            script.Observe($"caught {script.Describe(exception)}");
        }

        await DisposeAsync(script, enumerator);
        await DisposeAsync(script, enumerator);
    }

    private async Task DisposeAsync<T>(Script script, IAsyncEnumerator<T> enumerator)
    {
        try
        {
            await enumerator.DisposeAsync();
            ObserveCaller(script, "disposed");
        }
        catch (Exception exception)
        {
            script.Observe($"caught {script.Describe(exception)}");
        }
    }

    private int Consume<T>(Script script, IEnumerable<T>? sequence)
    {
        ObserveCaller(script, "at return");
        script.Observe(sequence is null ? "no sequence" : $"a sequence{(sequence is IEnumerable<string> ? " of strings" : "")}");
        var count = 0;
        if (sequence is null)
        {
            return count;
        }

        for (var round = 0; round < (script.Call.Consumption == Consumption.Twice ? 2 : 1); round++)
        {
            try
            {
                foreach (var item in sequence)
                {
                    count++;
                    ObserveCaller(script, $"item {item}");
                    script.SetLocal("reading caller");
                    if (script.Call.Consumption == Consumption.BlockOrLeaveEarly)
                    {
                        break;
                    }
                }
            }
            catch (Exception exception)
            {
                script.Observe($"caught {script.Describe(exception)}");
            }

            ObserveCaller(script, "after the sequence");
        }

        return count;
    }

    private void ObserveReturnedTask(Script script, Task? task)
    {
        ObserveCaller(script, "at return");
        if (task is null)
        {
            script.Observe("no task");
            return;
        }

        var kind = task switch
        {
            OwnTask<int> or OwnTask<string?> => "own task",
            Task<int> => "task of int",
            Task<string?> => "task of string",
            _ => "task",
        };
        script.Observe($"returned {kind}, {task.Status}, state: {task.AsyncState ?? "none"}");
        if (task.Status == TaskStatus.Created && script.Call.Making == Making.Cold)
        {
            task.RunSynchronously(TaskScheduler.Default);
        }
    }

    private void ObserveReturned(Script script, bool isCompleted, bool isCompletedSuccessfully, bool isFaulted, bool isCanceled)
    {
        ObserveCaller(script, "at return");
        script.Observe($"returned completed: {isCompleted}, successfully: {isCompletedSuccessfully}, faulted: {isFaulted}, cancelled: {isCanceled}");
    }

    private void ObserveCaller(Script script, string where)
    {
        script.ObserveSurroundings(where);
        if (tracer.CurrentStep is { } step)
        {
            stage.Observe($"the caller runs in the step {step.Name}");
        }
    }

    private static object? Result(Task task) => task switch
    {
        Task<int> number => number.Result,
        Task<string?> text => text.Result,
        _ => "unknown",
    };
}
