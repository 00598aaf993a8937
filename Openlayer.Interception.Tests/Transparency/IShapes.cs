namespace Openlayer.Interception.Tests.Transparency;

/// <summary>A service with a member of every shape. A <see cref="Script"/> determines the behaviour of a call.</summary>
public interface IShapes
{
    event EventHandler<int>? Changed;

    int Property { get; set; }

    string this[int index] { get; }

    void Nothing(Script script);

    int Value(Script script);

    string? Reference(Script script);

    Task Task(Script script);

    Task<int> TaskOfValue(Script script);

    Task<string?> TaskOfReference(Script script);

    ValueTask ValueTask(Script script);

    ValueTask<int> ValueTaskOfValue(Script script);

    ValueTask<string?> ValueTaskOfReference(Script script);

    IAsyncEnumerable<int> Stream(Script script, CancellationToken cancellationToken = default);

    IAsyncEnumerable<object> StreamOfObjects(Script script, CancellationToken cancellationToken = default);

    Task<IAsyncEnumerable<int>> TaskOfStream(Script script);

    ValueTask<IAsyncEnumerable<int>> ValueTaskOfStream(Script script);

    IEnumerable<int> Sequence(Script script);

    IEnumerable<object> SequenceOfObjects(Script script);

    IEnumerable<int> List(Script script);

    int ByReference(Script script, ref int changed, out string? written, in int read);

    int Optional(Script script, int first = 42, params int[] more);

    T Generic<T>(Script script, T given);

    Task<T> GenericTask<T>(Script script, T given)
        where T : notnull;

    int Default(Script script) => Value(script) + 1;

    Task<int> DefaultTask(Script script) => TaskOfValue(script);

    int Explicit(Script script);

    void Raise(int value);
}
