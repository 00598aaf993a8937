using System.Diagnostics;
using Openlayer.Interception.Guardrails.PersonalData;

namespace Openlayer.Interception.Tests.Guardrails.PersonalData;

public sealed class PersonalDataFinderTests
{
    [Theory]
    [InlineData("4111 1111 1111 1111", nameof(PersonalDataKind.CreditCard))]
    [InlineData("378282246310005", nameof(PersonalDataKind.CreditCard))]
    [InlineData("DE89 3704 0044 0532 0130 00", nameof(PersonalDataKind.Iban))]
    [InlineData("MT84MALT011000012345MTLCAST001S", nameof(PersonalDataKind.Iban))]
    [InlineData("NO9386011117947", nameof(PersonalDataKind.Iban))]
    [InlineData("+14155550100", nameof(PersonalDataKind.Phone))]
    [InlineData("198.51.100.7", nameof(PersonalDataKind.IPAddress))]
    [InlineData("2001:db8::1", nameof(PersonalDataKind.IPAddress))]
    [InlineData("\"john doe\"@example.org", nameof(PersonalDataKind.Email))]
    [InlineData("user@[192.0.2.1]", nameof(PersonalDataKind.Email))]
    [InlineData("user@[IPv6:2001:db8::1]", nameof(PersonalDataKind.Email))]
    [InlineData("anna%40example.org", nameof(PersonalDataKind.Email))]
    [InlineData("anna\\u0040example.org", nameof(PersonalDataKind.Email))]
    public void A_text_that_is_nothing_else_is_found_whole(string text, string kind)
    {
        var match = Assert.Single(Find(text));

        Assert.Equal((0, text.Length, kind), (match.Start, match.End, match.Kind.ToString()));
    }

    [Theory]
    [InlineData("4111 1111 1111 1112")]
    [InlineData("378282246310006")]
    [InlineData("0000 0000 0000 0000")]
    [InlineData("DE88 3704 0044 0532 0130 00")]
    [InlineData("DE89 3704 0044 0532 0130 0")]
    [InlineData("DE89 3704 0044 0532 0130 001")]
    [InlineData("US89 3704 0044 0532 0130 00")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("10.0.0.0/8")]
    [InlineData("256.1.1.1")]
    [InlineData("version 10.20.30.40")]
    public void A_wrong_check_digit_length_or_range_is_nothing(string text) => Assert.Empty(Find(text));

    [Fact]
    public void Every_digit_of_a_card_number_and_of_an_account_number_is_checked()
    {
        foreach (var valid in new[] { "4111111111111111", "DE89370400440532013000" })
        {
            for (var position = valid.Length - 16; position < valid.Length; position++)
            {
                for (var other = '0'; other <= '9'; other++)
                {
                    var text = valid[..position] + other + valid[(position + 1)..];
                    Assert.Equal(text == valid, Find(text).Exists(static match => match.Kind is PersonalDataKind.CreditCard or PersonalDataKind.Iban));
                }
            }
        }
    }

    [Fact]
    public void The_name_of_a_text_says_what_its_number_is()
    {
        Assert.Empty(Find("4155550100"));
        Assert.Empty(Find("4155550100", "OrderId"));
        Assert.Empty(Find("4155550100", "Text"));
        Assert.Equal(PersonalDataKind.Phone, Assert.Single(Find("4155550100", "PhoneNumber")).Kind);
        Assert.Equal(PersonalDataKind.Phone, Assert.Single(Find("4155550100", "customer_tel")).Kind);
    }

    [Fact]
    public void Of_two_that_overlap_the_longer_meaning_wins()
    {
        Assert.Equal(PersonalDataKind.Email, Assert.Single(Find("write to 4155550100@example.org or tel")).Kind);
        Assert.Equal(PersonalDataKind.CreditCard, Assert.Single(Find("call 4111 1111 1111 1111")).Kind);
        Assert.Equal(PersonalDataKind.Iban, Assert.Single(Find("tel DE89 3704 0044 0532 0130 00")).Kind);
        Assert.Equal(PersonalDataKind.IPAddress, Assert.Single(Find("call 198.51.100.200")).Kind);
    }

    [Fact]
    public void A_lower_threshold_finds_numbers_by_their_form_alone()
    {
        Assert.Empty(Find("212 555 0102"));
        Assert.Single(PersonalDataFinder.Find("212 555 0102", "", 0.5)!);
        Assert.Null(PersonalDataFinder.Find("call 212-555-0102 or 1.2.3.4", "", 1));
    }

    [Fact]
    public void What_takes_the_place_of_personal_data_is_none() =>
        Assert.All(Enum.GetValues<PersonalDataKind>(), static kind => Assert.Empty(Find($"call {PersonalDataNames.TokenOf(kind)}@{PersonalDataNames.TokenOf(kind)} now")));

    [Theory]
    [Trait("Clock", "Real")]
    [InlineData("a")]
    [InlineData("@")]
    [InlineData("a@")]
    [InlineData("a.")]
    [InlineData("\"@")]
    [InlineData("1")]
    [InlineData("1 ")]
    [InlineData("1.")]
    [InlineData("1-")]
    [InlineData("+1 ")]
    [InlineData("(1)")]
    [InlineData("030 1-")]
    [InlineData("4111 ")]
    [InlineData("DE89 ")]
    [InlineData(":")]
    [InlineData("a:1:")]
    [InlineData("%40")]
    [InlineData("\\u0040")]
    [InlineData("sk-")]
    [InlineData("eyJaaaaaaaaaaaa.")]
    [InlineData("phone ")]
    [InlineData("tel 1234567 ")]
    [InlineData("٣")]
    public void The_time_is_linear_in_the_length_of_hostile_text(string unit)
    {
        const int Length = 1 << 20;
        var text = string.Concat(Enumerable.Repeat(unit, Length / unit.Length));
        var watch = Stopwatch.StartNew();

        _ = Find(text);

        // It takes less than 0.2 s. Quadratic time would be hours.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"{watch.Elapsed}");
    }

    private static List<PersonalDataMatch> Find(string text, string label = "") => PersonalDataFinder.Find(text, label, 0.7) ?? [];
}
