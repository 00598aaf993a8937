using Openlayer.Interception.Guardrails.PersonalData;

namespace Openlayer.Interception;

/// <summary>
/// What <see cref="PersonalDataGuardrail"/> does with each kind of personal data. Read once, by the constructor of the guardrail. Not
/// thread-safe.
/// </summary>
public sealed class PersonalDataOptions
{
    /// <summary>The name under which checks are recorded. Not blank. Default: <c>PII Guardrail</c>, as on the platform.</summary>
    public string Name { get; set; } = "PII Guardrail";

    /// <summary>What happens with e-mail addresses. Default: <see cref="PersonalDataAction.Redact"/>, which writes <c>[EMAIL-REDACTED]</c>.</summary>
    public PersonalDataAction Email { get; set; } = PersonalDataAction.Redact;

    /// <summary>What happens with telephone numbers. Default: <see cref="PersonalDataAction.Redact"/>, which writes <c>[PHONE-REDACTED]</c>.</summary>
    public PersonalDataAction Phone { get; set; } = PersonalDataAction.Redact;

    /// <summary>What happens with numbers of payment cards. Default: <see cref="PersonalDataAction.Redact"/>, which writes <c>[REDACTED]</c>.</summary>
    public PersonalDataAction CreditCard { get; set; } = PersonalDataAction.Redact;

    /// <summary>What happens with bank account numbers. Default: <see cref="PersonalDataAction.Redact"/>, which writes <c>[REDACTED]</c>.</summary>
    public PersonalDataAction Iban { get; set; } = PersonalDataAction.Redact;

    /// <summary>What happens with IP addresses. Default: <see cref="PersonalDataAction.Redact"/>, which writes <c>[REDACTED]</c>.</summary>
    public PersonalDataAction IPAddress { get; set; } = PersonalDataAction.Redact;

    /// <summary>What happens with keys of providers. Default: <see cref="PersonalDataAction.Redact"/>, which writes <c>[REDACTED]</c>.</summary>
    public PersonalDataAction ApiKey { get; set; } = PersonalDataAction.Redact;

    /// <summary>
    /// What happens if personal data to redact stands where no other text can be put, such as in a property without a setter, or if a value is
    /// too deep or too large to be checked. <see cref="PersonalDataAction.Block"/>, or <see cref="PersonalDataAction.Allow"/>: the value is
    /// used with what could be redacted, and the decision's reason says what remains. Default: <see cref="PersonalDataAction.Block"/>.
    /// </summary>
    public PersonalDataAction UnmodifiableValues { get; set; } = PersonalDataAction.Block;

    /// <summary>
    /// The lowest confidence that counts, from 0 to 1. A lower one finds numbers by their form alone, and mistakes more other numbers for
    /// personal data. Default: 0.7.
    /// </summary>
    public double ConfidenceThreshold { get; set; } = 0.7;

    /// <summary>What the caller gets if a value is blocked. Default: <see cref="GuardrailBlockStrategy.Throw"/>.</summary>
    public GuardrailBlockStrategy BlockStrategy { get; set; } = GuardrailBlockStrategy.Throw;

    /// <summary>The message for the user if a value is blocked. Not blank. Default: <c>Request blocked due to sensitive information</c>.</summary>
    public string BlockMessage { get; set; } = "Request blocked due to sensitive information";

    /// <summary>
    /// In which parts the output of a stream is checked. With <see cref="GuardrailStreaming.Item"/>, what is split between items is not found.
    /// Default: <see cref="GuardrailStreaming.Sentence"/>.
    /// </summary>
    public GuardrailStreaming Streaming { get; set; } = GuardrailStreaming.Sentence;

    /// <summary>What happens with a kind.</summary>
    internal PersonalDataAction this[PersonalDataKind kind] => kind switch
    {
        PersonalDataKind.Email => Email,
        PersonalDataKind.Phone => Phone,
        PersonalDataKind.CreditCard => CreditCard,
        PersonalDataKind.Iban => Iban,
        PersonalDataKind.IPAddress => IPAddress,
        _ => ApiKey,
    };

    /// <exception cref="ArgumentException">An option is not valid; the message names the option and its values.</exception>
    internal void Validate()
    {
        foreach (var kind in Enum.GetValues<PersonalDataKind>())
        {
            Require(Enum.IsDefined(this[kind]), kind.ToString(), $"be Allow, Redact or Block, but is {this[kind]}");
        }

        Require(
            Array.Exists(Enum.GetValues<PersonalDataKind>(), kind => this[kind] != PersonalDataAction.Allow),
            nameof(Email),
            "be Redact or Block if all other kinds are Allow: a guardrail that allows every kind checks nothing, so leave it out");
        Require(
            UnmodifiableValues is PersonalDataAction.Block or PersonalDataAction.Allow,
            nameof(UnmodifiableValues),
            $"be Block or Allow, but is {UnmodifiableValues}: what cannot be modified cannot be redacted");
        Require(ConfidenceThreshold is >= 0 and <= 1, nameof(ConfidenceThreshold), FormattableString.Invariant($"be from 0 to 1, but is {ConfidenceThreshold}"));
        Require(Enum.IsDefined(BlockStrategy), nameof(BlockStrategy), $"be Throw, ReturnEmpty, ReturnErrorMessage or SkipCall, but is {BlockStrategy}");
        Require(Enum.IsDefined(Streaming), nameof(Streaming), $"be Item, Sentence or WholeText, but is {Streaming}");
        Require(!string.IsNullOrWhiteSpace(Name), nameof(Name), "not be blank: it names the guardrail in traces");
        Require(!string.IsNullOrWhiteSpace(BlockMessage), nameof(BlockMessage), "not be blank: it is what the user reads");
    }

    internal PersonalDataOptions Copy() => (PersonalDataOptions)MemberwiseClone();

    private static void Require(bool isValid, string option, string rule)
    {
        if (!isValid)
        {
            throw new ArgumentException($"{nameof(PersonalDataOptions)}.{option} must {rule}.", option);
        }
    }
}
