namespace Openlayer.Interception.Guardrails.PersonalData;

/// <summary>The platform's names of the kinds, and the tokens that take the place of what is redacted.</summary>
internal static class PersonalDataNames
{
    /// <summary>The name under which a kind is recorded.</summary>
    public static string Of(PersonalDataKind kind) => kind switch
    {
        PersonalDataKind.Email => "EMAIL_ADDRESS",
        PersonalDataKind.Phone => "PHONE_NUMBER",
        PersonalDataKind.CreditCard => "CREDIT_CARD",
        PersonalDataKind.Iban => "IBAN_CODE",
        PersonalDataKind.IPAddress => "IP_ADDRESS",
        _ => "API_KEY",
    };

    /// <summary>What takes the place of a kind.</summary>
    public static string TokenOf(PersonalDataKind kind) => kind switch
    {
        PersonalDataKind.Email => "[EMAIL-REDACTED]",
        PersonalDataKind.Phone => "[PHONE-REDACTED]",
        _ => "[REDACTED]",
    };
}
