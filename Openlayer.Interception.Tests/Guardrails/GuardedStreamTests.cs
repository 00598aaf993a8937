using System.Runtime.CompilerServices;

namespace Openlayer.Interception.Tests.Guardrails;

/// <summary>Streams are checked item by item, sentence by sentence or as a whole, and the consumer gets nothing that is not checked.</summary>
public sealed class GuardedStreamTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public interface IPieces
    {
        IAsyncEnumerable<string> TextAsync(CancellationToken cancellationToken = default);

        IAsyncEnumerable<object> ObjectsAsync();

        IEnumerable<string> Text();
    }

    [Fact]
    public async Task The_input_is_checked_before_the_first_item()
    {
        var pieces = new Pieces("a", "b");
        await using var guarded = Guarded(pieces, new ScriptedGuardrail { OnInput = static _ => GuardrailDecision.Block("no") });

        await using var stream = guarded.Service.TextAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        await Assert.ThrowsAsync<GuardrailBlockedException>(() => stream.MoveNextAsync().AsTask());

        Assert.Equal(0, pieces.Calls);
        Assert.False(await stream.MoveNextAsync());
    }

    [Fact]
    public async Task Each_item_is_checked_as_it_is_produced()
    {
        var pieces = new Pieces("one", "two", "three");
        var seen = new List<string>();
        await using var guarded = Guarded(pieces, new OutputOnlyGuardrail(Mask, streaming: GuardrailStreaming.Item));

        await foreach (var item in guarded.Service.TextAsync(Cancellation))
        {
            seen.Add($"{item} of {pieces.Produced}");
        }

        Assert.Equal(["one of 1", "[two] of 2", "three of 3"], seen);

        static GuardrailDecision Mask(GuardrailOutput output) =>
            output is { Value: "two", Part: GuardrailStreaming.Item } ? GuardrailDecision.Modify(output.With("[two]")) : GuardrailDecision.Allow();
    }

    [Fact]
    public async Task A_sentence_is_passed_on_in_its_pieces_when_it_is_checked()
    {
        var pieces = new Pieces("He", "llo wor", "ld. How", " are", " you? Fine");
        var parts = new List<object?>();
        var seen = new List<string>();
        await using var guarded = Guarded(
            pieces,
            new OutputOnlyGuardrail(
                output =>
                {
                    parts.Add(output.Value);
                    return GuardrailDecision.Allow();
                },
                streaming: GuardrailStreaming.Sentence));

        await foreach (var item in guarded.Service.TextAsync(Cancellation))
        {
            seen.Add($"{item} of {pieces.Produced}");
        }

        Assert.Equal(["Hello world. ", "How are you? ", "Fine"], parts);
        Assert.Equal(["He of 3", "llo wor of 3", "ld. How of 5", " are of 5", " you? Fine of 5"], seen);
    }

    [Fact]
    public async Task A_sentence_that_is_replaced_takes_the_place_of_its_text_alone()
    {
        var pieces = new Pieces("One. Tw", "o is se", "cret. Thr", "ee");
        await using var guarded = Guarded(
            pieces,
            new OutputOnlyGuardrail(
                static output => output.Value is string text && text.Contains("secret", StringComparison.Ordinal) ? GuardrailDecision.Modify(output.With("[masked] ")) : GuardrailDecision.Allow(),
                streaming: GuardrailStreaming.Sentence));

        Assert.Equal(["One. ", "[masked] ", "Thr", "ee"], await ListAsync(guarded.Service));
    }

    [Fact]
    public async Task The_whole_text_is_held_back_until_it_is_checked()
    {
        var pieces = new Pieces("one ", "two ", "three");
        await using var guarded = Guarded(
            pieces,
            new OutputOnlyGuardrail(static output => output.Value is "one two three" ? GuardrailDecision.Modify(output.With("masked")) : GuardrailDecision.Block("wrong part")));

        Assert.Equal(["masked"], await ListAsync(guarded.Service));
        Assert.Equal(3, pieces.Produced);
    }

    [Fact]
    public async Task A_blocked_whole_text_never_reaches_the_consumer()
    {
        await using var guarded = Guarded(new Pieces("one ", "two"), new OutputOnlyGuardrail(static _ => GuardrailDecision.Block("no")));
        await using var stream = guarded.Service.TextAsync(Cancellation).GetAsyncEnumerator(Cancellation);

        await Assert.ThrowsAsync<GuardrailBlockedException>(() => stream.MoveNextAsync().AsTask());

        Assert.Null(stream.Current);
        Assert.False(await stream.MoveNextAsync());
    }

    [Fact]
    public async Task A_blocked_sentence_ends_the_stream_after_the_sentences_before_it()
    {
        var pieces = new Pieces("One. ", "Two. ", "Three. ", "Four. ");
        await using var guarded = Guarded(
            pieces,
            new OutputOnlyGuardrail(
                static output => output.Value is string text && text.Contains("Two", StringComparison.Ordinal)
                    ? GuardrailDecision.Block("no", GuardrailBlockStrategy.ReturnErrorMessage, "sorry") : GuardrailDecision.Allow(),
                streaming: GuardrailStreaming.Sentence));

        Assert.Equal(["One. ", "sorry"], await ListAsync(guarded.Service));
        Assert.True(pieces.Produced < 4);
        Assert.Equal(1, pieces.Disposals);
        Assert.Equal("One. sorry", (await guarded.RootAsync()).Output);
    }

    [Fact]
    public async Task Items_that_are_no_texts_are_checked_as_a_list()
    {
        await using var guarded = Guarded(
            new Pieces("one", "two"),
            new OutputOnlyGuardrail(
                static output => output.Value is object[] { Length: 2 } ? GuardrailDecision.Modify(output.With(new object[] { 3 })) : GuardrailDecision.Block("no list"),
                streaming: GuardrailStreaming.Sentence));
        var items = new List<object>();

        await foreach (var item in guarded.Service.ObjectsAsync())
        {
            items.Add(item);
        }

        Assert.Equal([3], items);
    }

    [Theory]
    [InlineData(GuardrailStreaming.Item)]
    [InlineData(GuardrailStreaming.Sentence)]
    [InlineData(GuardrailStreaming.WholeText)]
    public async Task The_consumer_gets_what_was_produced_before_the_stream_failed_and_then_the_failure(GuardrailStreaming streaming)
    {
        var pieces = new Pieces("one ", "two ") { Failure = new FormatException("boom") };
        await using var guarded = Guarded(pieces, new AllowingGuardrail(streaming));
        var seen = new List<string>();

        var exception = await Assert.ThrowsAsync<FormatException>(async () =>
        {
            await foreach (var item in guarded.Service.TextAsync(Cancellation))
            {
                seen.Add(item);
            }
        });

        Assert.Same(pieces.Failure, exception);
        Assert.Equal(["one ", "two "], seen);
        Assert.Equal("boom", (await guarded.RootAsync()).Metadata["Exceptions"]);
    }

    [Theory]
    [InlineData(GuardrailStreaming.Item)]
    [InlineData(GuardrailStreaming.Sentence)]
    [InlineData(GuardrailStreaming.WholeText)]
    public async Task A_failed_stream_is_still_blocked(GuardrailStreaming streaming)
    {
        var pieces = new Pieces("one ", "two ") { Failure = new FormatException("boom") };
        await using var guarded = Guarded(pieces, new OutputOnlyGuardrail(static _ => GuardrailDecision.Block("no"), streaming: streaming));

        await Assert.ThrowsAsync<GuardrailBlockedException>(() => ListAsync(guarded.Service));
    }

    [Fact]
    public async Task Several_guardrails_check_one_after_the_other_each_in_its_own_parts()
    {
        await using var guarded = Guarded(
            new Pieces("a", "b. c", " d"),
            new OutputOnlyGuardrail(static output => GuardrailDecision.Modify(output.With($"{output.Value}".ToUpperInvariant())), streaming: GuardrailStreaming.Item),
            new OutputOnlyGuardrail(static output => GuardrailDecision.Modify(output.With($"<{output.Value}>"))));

        Assert.Equal(["<AB. C D>"], await ListAsync(guarded.Service));
    }

    [Fact]
    public async Task A_stream_that_is_left_early_is_disposed_once_and_records_what_was_checked()
    {
        var pieces = new Pieces("one", "two");
        await using var guarded = Guarded(pieces, new AllowingGuardrail(GuardrailStreaming.Item));

        await foreach (var _ in guarded.Service.TextAsync(Cancellation))
        {
            break;
        }

        Assert.Equal((1, 1), (pieces.Produced, pieces.Disposals));
        var check = Assert.IsType<GuardrailStep>(Assert.Single((await guarded.RootAsync()).Steps, static step => step.Name.EndsWith("Output", StringComparison.Ordinal)));
        Assert.Equal(("allow", "one"), (check.Action, check.Output));
    }

    [Fact]
    public async Task A_check_of_a_stream_is_one_step_however_many_items_it_checks()
    {
        await using var guarded = Guarded(
            new Pieces("one", "two", "three"),
            new OutputOnlyGuardrail(
                static output => output.Value is "two" ? GuardrailDecision.Modify(output.With("[2]"), "number") : GuardrailDecision.Allow(), streaming: GuardrailStreaming.Item));

        Assert.Equal(["one", "[2]", "three"], await ListAsync(guarded.Service));

        var root = await guarded.RootAsync();
        var check = Assert.IsType<GuardrailStep>(Assert.Single(root.Steps));
        Assert.Equal(("modify", "number", "[modified]", "one[2]three"), (check.Action, check.Reason, check.Inputs["original_data"], check.Output));
        Assert.Equal("one[2]three", root.Output);
        Assert.Equal(true, root.Metadata["guardrail_modified"]);
    }

    [Fact]
    public async Task A_second_enumeration_is_checked_again_under_its_own_step()
    {
        var pieces = new Pieces("one");
        var guardrail = new AllowingGuardrail(GuardrailStreaming.Item);
        await using var guarded = Guarded(pieces, guardrail);
        var stream = guarded.Service.TextAsync(Cancellation);

        for (var enumeration = 0; enumeration < 2; enumeration++)
        {
            await foreach (var _ in stream)
            {
            }
        }

        Assert.Equal((1, 2, 1), (guardrail.Inputs, guardrail.Outputs, pieces.Calls));
        Assert.All(await guarded.TracesAsync(), static trace => Assert.Contains(trace.Root.Steps, static step => step.Name == "Allowing - Output"));
    }

    [Fact]
    public async Task A_lazy_sequence_is_traced_as_a_stream_that_is_checked()
    {
        await using var guarded = Guarded(new Pieces("one", "two"), new AllowingGuardrail(GuardrailStreaming.Item));

        Assert.Equal(["one", "two"], guarded.Service.Text());
        Assert.Equal("onetwo", (await guarded.RootAsync()).Output);
    }

    [Fact]
    public async Task A_consumer_that_cancels_gets_the_cancellation_and_no_item_that_is_not_checked()
    {
        using var source = new CancellationTokenSource();
        var pieces = new Pieces("one", "two") { OnItem = index => { if (index == 1) { source.Cancel(); } } };
        await using var guarded = Guarded(pieces, new AllowingGuardrail());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in guarded.Service.TextAsync(Cancellation).WithCancellation(source.Token))
            {
                Assert.Fail("The text was not checked.");
            }
        });
    }

    [Fact]
    public async Task A_guardrail_without_a_check_of_outputs_does_not_hold_back_a_stream()
    {
        var pieces = new Pieces("one", "two");
        await using var guarded = Guarded(pieces, new InputOnlyGuardrail(static _ => GuardrailDecision.Allow()));
        await using var stream = guarded.Service.TextAsync(Cancellation).GetAsyncEnumerator(Cancellation);

        await stream.MoveNextAsync();

        Assert.Equal(1, pieces.Produced);
    }

    private static async Task<List<string>> ListAsync(IPieces pieces)
    {
        var items = new List<string>();
        await foreach (var item in pieces.TextAsync(Cancellation))
        {
            items.Add(item);
        }

        return items;
    }

    private static GuardedService<IPieces> Guarded(Pieces target, params IGuardrail[] guardrails) => new(target, guardrails);

    private sealed class Pieces(params string[] items) : IPieces
    {
        public Exception? Failure { get; init; }

        public Action<int>? OnItem { get; init; }

        public int Calls { get; private set; }

        public int Produced { get; private set; }

        public int Disposals { get; private set; }

        public IAsyncEnumerable<string> TextAsync(CancellationToken cancellationToken = default)
        {
            Calls++;
            return ItemsAsync(cancellationToken);
        }

        public async IAsyncEnumerable<object> ObjectsAsync()
        {
            await foreach (var item in ItemsAsync(default))
            {
                yield return item;
            }
        }

        public IEnumerable<string> Text()
        {
            foreach (var item in items)
            {
                yield return item;
            }
        }

        private async IAsyncEnumerable<string> ItemsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            try
            {
                foreach (var item in items)
                {
                    await Task.Yield();
                    OnItem?.Invoke(Produced);
                    cancellationToken.ThrowIfCancellationRequested();
                    Produced++;
                    yield return item;
                }

                if (Failure is not null)
                {
                    throw Failure;
                }
            }
            finally
            {
                Disposals++;
            }
        }
    }
}
