using Openlayer.Interception.Capture.Redaction;

namespace Openlayer.Interception.Guardrails.PersonalData;

/// <summary>
/// What the words beside a number say about it, in English, German, French, Spanish, Italian, Portuguese and Dutch, and a few words of other
/// languages for telephones.
/// </summary>
internal static class ContextWords
{
    // How far back words are read. The nearest one decides.
    private const int Before = 40;

    // How far ahead, for the one word after a number.
    private const int After = 16;

    private const int MaxWord = 24;

    private static readonly WordSet Phone = new(
        "phone phones telephone tel call calls calling dial mobile mob cell cellphone fax faxes whatsapp sms hotline helpline "
        + "voicemail landline freephone toll caller "
        + "telefon handy mobil mobilfunk anruf anrufen ruckruf rückruf rueckruf erreichen erreichbar durchwahl natel festnetz "
        + "téléphone telephoner téléphoner portable appel appeler appelez appelle rappeler rappelez joindre gsm "
        + "teléfono telefono teléfonos tfno tlfno móvil movil celular llama llamar llame llámame llámeme "
        + "cellulare cellulari chiamare chiama chiamami "
        + "telefone telemóvel telemovel telemóvil ligue ligar "
        + "telefoon mobiel bellen gebeld "
        + "telefonu komórka komorka zadzwoń tlf mobilnummer puhelin puhelinnumero telefonszám telefoni "
        + "телефон телефона тел моб мобильный звоните позвоните номер τηλ τηλέφωνο هاتف جوال");

    // Words with other meanings as well. They count only in a sentence, not as the name of a property.
    private static readonly WordSet PhoneInProse = new("text texts ring reach signal home office fon ruf rufe bureau fijo fisso liga bel vast kom");

    // "My number" is one of a phone, "the number" of anything.
    private static readonly WordSet Numbers = new("number nummer numéro numero número numer");

    private static readonly WordSet Owners = new("my your his her our their meine deine seine ihre unsere mon ton son votre notre leur mi tu su mio tuo suo mijn jouw meu minha min");

    private static readonly WordSet Card = new(
        "card cards creditcard debitcard visa mastercard amex maestro discover diners jcb unionpay pan cc "
        + "kreditkarte karte kartennummer carte cartes bancaire tarjeta carta cartão cartao creditcardnummer karta");

    private static readonly WordSet Address = new("ip ipv ipaddress host hostname server gateway dns router login ping ssh client remote");

    private static readonly WordSet Version = new(
        "version versions versie versión versione versão v ver rev revision release releases build firmware update upgrade section sections chapter clause "
        + "paragraph oid kapitel abschnitt ziffer absatz sección capítulo chapitre sezione capitolo hoofdstuk package assembly driver");

    private static readonly WordSet Other = new(
        "order orders invoice invoices ticket tickets ref reference id ids case serial sn sku part parts model item items account tracking "
        + "isbn issn ean upc gtin imei iccid nhs ssn ein tax vat passport zip flight population doi pmid routing code codes otp pin port page "
        + "timestamp ts unix utc gmt epoch parcel shipment contract policy receipt transaction batch lot job build record row meter "
        + "bestellung auftrag rechnung vorgang aktenzeichen steuer konto blz matrikel vertrag sendung seriennummer artikel "
        + "commande facture référence dossier siret siren colis "
        + "pedido factura referencia expediente cuenta ordine fattura ordini pratica conto encomenda fatura conta bestelling factuur rekening");

    private static readonly WordSet PhoneNumbers = new("telefonnummer handynummer mobilnummer rufnummer faxnummer telefoonnummer telefonnummern mobilnummer telefoonnr telefonnr");

    private static readonly WordSet Units = new(
        "km m cm mm kg g t l kr eur euro euros usd chf gbp dollars pounds kronor ns us ms s sec seconds minutes hours days bytes kb mb gb tb times rows "
        + "users people tokens items copies lines records requests calls views downloads personen menschen einwohner habitants habitantes abitanti");

    // Words of scripts without spaces.
    private static readonly string[] PhoneInRun = ["電話", "电话", "手机", "手機", "携帯", "联系方式", "전화", "휴대폰", "โทร"];

    public enum Context
    {
        None,
        Phone,
        Card,
        IPAddress,
        Version,
        Other,
    }

    /// <summary>What the nearest known word before a position says, or else the name under which the text stands.</summary>
    public static Context Of(ReadOnlySpan<char> text, int start, ReadOnlySpan<char> label)
    {
        var from = Math.Max(0, start - Before);
        var found = Last(text[from..start]);
        return found == Context.None && from == 0 ? Last(label) : found;
    }

    /// <summary>Whether the next word says that a number is one of a phone: "212 555 0102 (home)".</summary>
    public static bool IsPhoneAfter(ReadOnlySpan<char> text, int end)
    {
        var rest = text[end..Math.Min(text.Length, end + After)];
        var first = 0;
        while (first < rest.Length && rest[first] is ' ' or '(' or ',' or '\u00A0')
        {
            first++;
        }

        var last = first;
        while (last < rest.Length && char.IsLetter(rest[last]))
        {
            last++;
        }

        return first > 0 && Read(rest[first..last], isInProse: true) == Context.Phone;
    }

    /// <summary>Whether the word at a position is what a number counts, such as a unit or a currency.</summary>
    public static bool IsUnit(ReadOnlySpan<char> text, int start)
    {
        var end = start;
        while (end < text.Length && end - start < MaxWord && char.IsLetter(text[end]))
        {
            end++;
        }

        return Contains(Units, text[start..end]);
    }

    private static Context Last(ReadOnlySpan<char> text)
    {
        var isNumber = false;
        for (var end = text.Length; end > 0;)
        {
            if (!char.IsLetter(text[end - 1]))
            {
                // The sign of a paragraph.
                if (text[end - 1] == '§')
                {
                    return Context.Version;
                }

                end--;
                continue;
            }

            // A word ends before the capital that starts the next one: PhoneNumber.
            var start = end - 1;
            while (start > 0 && char.IsLetter(text[start - 1]) && !(char.IsUpper(text[start]) && char.IsLower(text[start - 1])))
            {
                start--;
            }

            var word = text[start..end];
            if (Read(word, isInProse: end < text.Length && text[end] is ' ' or ')' or '.') is not Context.None and var context)
            {
                return context;
            }

            if (isNumber && Contains(Owners, word))
            {
                return Context.Phone;
            }

            isNumber = Contains(Numbers, word);

            end = start;
        }

        return Context.None;
    }

    private static bool Contains(WordSet words, ReadOnlySpan<char> written)
    {
        Span<char> lower = stackalloc char[MaxWord];
        return written.Length <= MaxWord && words.Contains(lower[..written.ToLowerInvariant(lower)]);
    }

    private static Context Read(ReadOnlySpan<char> written, bool isInProse)
    {
        if (written.IsEmpty)
        {
            return Context.None;
        }

        if (written[0] > '\u2E7F' || written[0] is >= '\u0E00' and <= '\u0E7F')
        {
            foreach (var phone in PhoneInRun)
            {
                if (written.IndexOf(phone) >= 0)
                {
                    return Context.Phone;
                }
            }

            return Context.None;
        }

        Span<char> lower = stackalloc char[MaxWord];
        written = written.Length > MaxWord ? written[^MaxWord..] : written;
        var word = lower[..written.ToLowerInvariant(lower)];
        return Phone.Contains(word) || PhoneNumbers.Contains(word) || (isInProse && PhoneInProse.Contains(word)) ? Context.Phone
            : Card.Contains(word) ? Context.Card
            : Address.Contains(word) ? Context.IPAddress
            : Version.Contains(word) || word.EndsWith("version") ? Context.Version
            : Other.Contains(word) || (word.EndsWith("nummer") && word.Length > 6) ? Context.Other
            : Context.None;
    }
}
