using System.Collections.ObjectModel;
using Microsoft.Extensions.DependencyInjection;
using Openlayer.Interception.Guardrails.PersonalData;

namespace Openlayer.Interception;

/// <summary>
/// Finds e-mail addresses, telephone numbers, numbers of payment cards, bank account numbers (IBAN), IP addresses and keys of providers in
/// the arguments and results of calls, and redacts or blocks them by kind. Reads strings, collections, JSON, tuples, and public properties
/// and fields of objects; what it redacts is a copy, and the caller's own objects stay as they are. What it finds is in no reason, metadata,
/// log or exception: only kinds and counts are. Thread-safe.
/// </summary>
/// <remarks>
/// Card and account numbers count with correct check digits only. Telephone numbers are found in international form everywhere, and in
/// national form with the words of English, German, French, Spanish, Italian, Portuguese and Dutch. The time is linear in the length of the
/// texts. Tokens and entity names are those of the platform's own guardrail.
/// </remarks>
public sealed class PersonalDataGuardrail : IGuardrail
{
    private readonly PersonalDataOptions _options;

    /// <summary>Creates a guardrail that redacts every kind.</summary>
    public PersonalDataGuardrail()
        : this(null)
    {
    }

    /// <summary>Creates a guardrail. A container passes the options that are registered as a service, if there are any.</summary>
    /// <param name="options">What happens with each kind. Read once. Default: null, which means that every kind is redacted.</param>
    /// <exception cref="ArgumentException">An option is not valid; the message names the option and its values.</exception>
    [ActivatorUtilitiesConstructor]
    public PersonalDataGuardrail(PersonalDataOptions? options = null)
    {
        _options = options?.Copy() ?? new();
        _options.Validate();
    }

    /// <inheritdoc/>
    public string Name => _options.Name;

    /// <inheritdoc/>
    public GuardrailStreaming Streaming => _options.Streaming;

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException"><paramref name="input"/> is null.</exception>
    public ValueTask<GuardrailDecision> CheckInputAsync(GuardrailInput input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        var check = new PersonalDataCheck(_options);
        var rewriter = Rewriter(check);
        var rewritten = input;
        for (var index = 0; index < input.Arguments.Count; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (name, argument) = (input.ParameterNames[index], input.Arguments[index]);
            if (rewriter.Rewrite(argument, name) is var value && !ReferenceEquals(value, argument))
            {
                rewritten = rewritten.With(name, value);
            }
        }

        return new(Decide(
            check,
            "input",
            (reason, metadata) => ReferenceEquals(rewritten, input) ? GuardrailDecision.Allow(reason, metadata) : GuardrailDecision.Modify(rewritten, reason, metadata)));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException"><paramref name="output"/> is null.</exception>
    public ValueTask<GuardrailDecision> CheckOutputAsync(GuardrailOutput output, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(output);
        var check = new PersonalDataCheck(_options);
        var rewriter = output is { Part: GuardrailStreaming.WholeText, Value: not (null or string) } ? ItemRewriter(check, output.Value) : Rewriter(check);
        var rewritten = output;
        if (rewriter.Rewrite(output.Value, "") is var result && !ReferenceEquals(result, output.Value))
        {
            rewritten = rewritten.With(result);
        }

        foreach (var (name, argument) in output.OutArguments)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (rewriter.Rewrite(argument, name) is var value && !ReferenceEquals(value, argument))
            {
                rewritten = rewritten.WithArgument(name, value);
            }
        }

        return new(Decide(
            check,
            "output",
            (reason, metadata) => ReferenceEquals(rewritten, output) ? GuardrailDecision.Allow(reason, metadata) : GuardrailDecision.Modify(rewritten, reason, metadata)));
    }

    private static ValueRewriter Rewriter(PersonalDataCheck check) => new(check, (text, label, _) => check.Redact(text, label));

    // The items of a stream: their texts are pieces of one.
    private ValueRewriter ItemRewriter(PersonalDataCheck check, object items)
    {
        var pieces = new List<string>();
        new ValueRewriter(new PersonalDataCheck(_options), Collect).Rewrite(items, "");
        var redacted = check.Redact(pieces, "");
        var next = 0;
        return new ValueRewriter(check, (text, label, canReplace) => IsPiece(label, canReplace) && next < redacted.Count ? redacted[next++] : check.Redact(text, label));

        string Collect(string text, string label, bool canReplace)
        {
            if (IsPiece(label, canReplace))
            {
                pieces.Add(text);
            }

            return text;
        }

        static bool IsPiece(string label, bool canReplace) => canReplace && label is "Text" or "Content" or "Delta";
    }

    private GuardrailDecision Decide(PersonalDataCheck check, string dataType, Func<string?, IReadOnlyDictionary<string, object?>, GuardrailDecision> use)
    {
        if (!check.HasText)
        {
            return GuardrailDecision.Allow(metadata: Metadata(check, dataType, "allow", "no_text_content"));
        }

        var (blocked, redacted, unmodifiable) = (check.Blocked, check.Redacted, check.Unmodifiable);
        if (blocked.Length > 0)
        {
            return Block(check, dataType, $"Detected high-risk PII entities: {string.Join(", ", blocked)}");
        }

        if (unmodifiable.Length > 0 || check.IsIncomplete)
        {
            var remains = unmodifiable.Length > 0
                ? $"PII entities in values that cannot be modified: {string.Join(", ", unmodifiable)}"
                : "A value is too deep or too large to be checked";
            if (_options.UnmodifiableValues == PersonalDataAction.Block)
            {
                return Block(check, dataType, remains);
            }

            return use(remains, Metadata(check, dataType, redacted.Length > 0 ? "redacted" : "allow"));
        }

        return redacted.Length > 0
            ? use($"Redacted PII entities: {string.Join(", ", redacted)}", Metadata(check, dataType, "redacted"))
            : GuardrailDecision.Allow(metadata: Metadata(check, dataType, "allow", "no_pii_detected"));
    }

    private GuardrailDecision Block(PersonalDataCheck check, string dataType, string reason) =>
        GuardrailDecision.Block(reason, _options.BlockStrategy, _options.BlockMessage, Metadata(check, dataType, "blocked"));

    private ReadOnlyDictionary<string, object?> Metadata(PersonalDataCheck check, string dataType, string action, string? reason = null)
    {
        var metadata = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["guardrail"] = _options.Name,
            ["detected_entities"] = check.Detected,
            ["blocked_entities"] = check.Blocked,
            ["redacted_entities"] = check.Redacted,
            ["confidence_threshold"] = _options.ConfidenceThreshold,
            ["data_type"] = dataType,
            ["action"] = action,
        };
        if (reason is not null)
        {
            metadata["reason"] = reason;
        }

        if (check.Unmodifiable is { Length: > 0 } unmodifiable)
        {
            metadata["unmodifiable_entities"] = unmodifiable;
        }

        if (check.Count > 0)
        {
            metadata["entity_counts"] = check.Counts;
        }

        return metadata.AsReadOnly();
    }
}
