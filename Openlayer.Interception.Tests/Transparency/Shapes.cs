using System.Globalization;

namespace Openlayer.Interception.Tests.Transparency;

/// <summary>The target. Its members run scripts.</summary>
internal sealed class Shapes : IShapes
{
    private int _property;

    public event EventHandler<int>? Changed;

    public int Property
    {
        get => _property;
        set => _property = value < 0 ? throw new ArgumentOutOfRangeException(nameof(value)) : value;
    }

    public string this[int index] => index.ToString(CultureInfo.InvariantCulture);

    public void Nothing(Script script) => script.RunNow(0);

    public int Value(Script script) => script.RunNow(1);

    public string? Reference(Script script) => script.RunNow("result");

    public Task Task(Script script) => script.MakeTask(2);

    public Task<int> TaskOfValue(Script script) => script.MakeTask(3);

    public Task<string?> TaskOfReference(Script script) => script.MakeTask<string?>("later");

    public ValueTask ValueTask(Script script) => script.MakeValueTask();

    public ValueTask<int> ValueTaskOfValue(Script script) => script.MakeValueTask(4);

    public ValueTask<string?> ValueTaskOfReference(Script script) => script.MakeValueTask<string?>("later");

    public IAsyncEnumerable<int> Stream(Script script, CancellationToken cancellationToken) =>
        script.MakeStream(static index => index * 10, cancellationToken);

    public IAsyncEnumerable<object> StreamOfObjects(Script script, CancellationToken cancellationToken) =>
        script.MakeStream(Text, cancellationToken);

    public Task<IAsyncEnumerable<int>> TaskOfStream(Script script) =>
        script.MakeTask(script.MakeStream(static index => index * 10, CancellationToken.None));

    public ValueTask<IAsyncEnumerable<int>> ValueTaskOfStream(Script script) =>
        script.MakeValueTask(script.MakeStream(static index => index * 10, CancellationToken.None));

    public IEnumerable<int> Sequence(Script script) => script.MakeSequence(static index => index * 10);

    public IEnumerable<object> SequenceOfObjects(Script script) => script.MakeSequence(Text);

    public IEnumerable<int> List(Script script) => script.RunNow(new List<int> { 1, 2, 3 });

    public int ByReference(Script script, ref int changed, out string? written, in int read)
    {
        written = "written";
        changed += read;
        return script.RunNow(changed);
    }

    public int Optional(Script script, int first, params int[] more) => script.RunNow(first + more.Sum());

    public T Generic<T>(Script script, T given) => script.RunNow(given);

    public Task<T> GenericTask<T>(Script script, T given)
        where T : notnull => script.MakeTask(given);

    int IShapes.Explicit(Script script) => script.RunNow(5);

    public void Raise(int value) => Changed?.Invoke(this, value);

    private static string Text(int index) => index.ToString(CultureInfo.InvariantCulture);
}
