namespace Openlayer.Interception.Guardrails.PersonalData;

/// <summary>The kinds of personal data that a text can have.</summary>
internal enum PersonalDataKind
{
    /// <summary>An e-mail address. Recorded as <c>EMAIL_ADDRESS</c>.</summary>
    Email,

    /// <summary>A telephone number: in international form, or in a national form by its shape or a word beside it. Recorded as <c>PHONE_NUMBER</c>.</summary>
    Phone,

    /// <summary>The number of a payment card: of a known network, with its length and check digit (Luhn). Recorded as <c>CREDIT_CARD</c>.</summary>
    CreditCard,

    /// <summary>An International Bank Account Number with the length of its country and check digits (ISO 13616). Recorded as <c>IBAN_CODE</c>.</summary>
    Iban,

    /// <summary>An IP address, version 4 or 6, except the unspecified one, loopback addresses, netmasks and networks. Recorded as <c>IP_ADDRESS</c>.</summary>
    IPAddress,

    /// <summary>A key of a provider, by the forms that captured values are masked by. Recorded as <c>API_KEY</c>.</summary>
    ApiKey,
}
