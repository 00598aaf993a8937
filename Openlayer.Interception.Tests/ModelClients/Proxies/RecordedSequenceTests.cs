using Openlayer.Interception.ModelClients.Proxies;

namespace Openlayer.Interception.Tests.ModelClients.Proxies;

public sealed class RecordedSequenceTests
{
    private readonly List<string> _recorded = [];

    [Fact]
    public void An_enumeration_is_recorded_when_it_ends()
    {
        var sequence = Record(["a", "b"]);
        using var enumerator = sequence.GetEnumerator();

        Assert.True(enumerator.MoveNext());
        Assert.True(enumerator.MoveNext());
        Assert.Empty(_recorded);
        Assert.False(enumerator.MoveNext());
        Assert.Equal(["ab"], _recorded);
    }

    [Fact]
    public void An_enumeration_that_is_left_early_is_recorded_as_far_as_it_got_and_once()
    {
        var enumerator = Record(["a", "b"]).GetEnumerator();
        enumerator.MoveNext();

        enumerator.Dispose();
        enumerator.Dispose();

        Assert.Equal(["a"], _recorded);
    }

    [Fact]
    public void Of_several_enumerations_those_are_recorded_that_get_further()
    {
        var sequence = Record(["a", "b", "c"]);

        Assert.True(sequence.Any());
        Assert.Equal(3, sequence.Count());
        Assert.Equal("a", sequence.First());

        Assert.Equal(["a", "abc"], _recorded);
    }

    [Fact]
    public void An_enumeration_that_throws_is_recorded_as_far_as_it_got_and_throws_the_same()
    {
        var thrown = new InvalidOperationException();

        var exception = Assert.Throws<InvalidOperationException>(() => Record(Throwing()).Count());

        Assert.Same(thrown, exception);
        Assert.Equal(["a"], _recorded);

        IEnumerable<string> Throwing()
        {
            yield return "a";
            throw thrown;
        }
    }

    [Fact]
    public void Only_a_parameter_of_exactly_IEnumerable_is_recorded()
    {
        Assert.NotNull(SequenceRecorder.For(typeof(IEnumerable<string>)));
        Assert.Same(SequenceRecorder.For(typeof(IEnumerable<string>)), SequenceRecorder.For(typeof(IEnumerable<string>)));
        Assert.Null(SequenceRecorder.For(typeof(IReadOnlyList<string>)));
        Assert.Null(SequenceRecorder.For(typeof(List<string>)));
        Assert.Null(SequenceRecorder.For(typeof(string)));
    }

    private IEnumerable<string> Record(IEnumerable<string> sequence) =>
        (IEnumerable<string>)SequenceRecorder.For(typeof(IEnumerable<string>))!.Record(sequence, 3, items => _recorded.Add(string.Concat(items)));
}
