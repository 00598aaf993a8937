using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Openlayer.Interception.Guardrails.PersonalData;

namespace Openlayer.Interception.Tests.Guardrails.PersonalData;

public sealed class PersonalDataGuardrailTests
{
    private const string Mail = "anna@example.org";
    private const string Card = "4111 1111 1111 1111";

    private interface IService
    {
        object? Do(object? value);

        string Reply(string text, ref string other);
    }

    [Fact]
    public async Task An_address_in_an_argument_is_redacted()
    {
        var decision = await CheckInputAsync($"Write to {Mail} or +1 415 555 0100, card {Card}.");

        Assert.Equal(GuardrailAction.Modify, decision.Action);
        Assert.Equal("Write to [EMAIL-REDACTED] or [PHONE-REDACTED], card [REDACTED].", decision.Input!["value"]);
        Assert.Equal("Redacted PII entities: EMAIL_ADDRESS, PHONE_NUMBER, CREDIT_CARD", decision.Reason);
    }

    [Fact]
    public async Task Each_kind_has_the_token_of_the_platform()
    {
        var decision = await CheckInputAsync($"{Mail}|+493023125000|{Card}|DE89 3704 0044 0532 0130 00|192.0.2.44|ghp_{new string('a', 18)}{new string('1', 18)}");

        Assert.Equal("[EMAIL-REDACTED]|[PHONE-REDACTED]|[REDACTED]|[REDACTED]|[REDACTED]|[REDACTED]", decision.Input!["value"]);
    }

    [Fact]
    public async Task The_metadata_are_those_of_the_platform_with_kinds_and_counts_only()
    {
        var decision = await CheckInputAsync($"{Mail}, {Mail}, 192.0.2.44");

        Assert.Equal(
            """{"guardrail":"PII Guardrail","detected_entities":["EMAIL_ADDRESS","IP_ADDRESS"],"blocked_entities":[],"redacted_entities":["EMAIL_ADDRESS","IP_ADDRESS"],"confidence_threshold":0.7,"data_type":"input","action":"redacted","entity_counts":{"EMAIL_ADDRESS":2,"IP_ADDRESS":1}}""",
            JsonSerializer.Serialize(decision.Metadata));
    }

    [Fact]
    public async Task Text_without_personal_data_is_allowed()
    {
        var decision = await CheckInputAsync("What is the capital of France?");

        Assert.Equal(GuardrailAction.Allow, decision.Action);
        Assert.Equal(("allow", "no_pii_detected"), (decision.Metadata!["action"], decision.Metadata["reason"]));
    }

    [Fact]
    public async Task A_value_without_text_is_allowed()
    {
        var decision = await CheckInputAsync(42);

        Assert.Equal(GuardrailAction.Allow, decision.Action);
        Assert.Equal("no_text_content", decision.Metadata!["reason"]);
    }

    [Fact]
    public async Task A_blocked_kind_blocks_with_the_strategy_and_message_of_the_options()
    {
        var guardrail = new PersonalDataGuardrail(new() { CreditCard = PersonalDataAction.Block, BlockStrategy = GuardrailBlockStrategy.ReturnErrorMessage, BlockMessage = "No cards." });

        var decision = await CheckInputAsync($"{Mail} pays with {Card}", guardrail);

        Assert.Equal(GuardrailAction.Block, decision.Action);
        Assert.Equal(GuardrailBlockStrategy.ReturnErrorMessage, decision.Strategy);
        Assert.Equal("No cards.", decision.ErrorMessage);
        Assert.Equal("Detected high-risk PII entities: CREDIT_CARD", decision.Reason);
        Assert.Equal(["CREDIT_CARD"], (string[])decision.Metadata!["blocked_entities"]!);
        Assert.Equal(["EMAIL_ADDRESS"], (string[])decision.Metadata["redacted_entities"]!);
        Assert.Equal("blocked", decision.Metadata["action"]);
    }

    [Fact]
    public async Task An_allowed_kind_stays_and_is_not_reported()
    {
        var guardrail = new PersonalDataGuardrail(new() { Email = PersonalDataAction.Allow });

        var decision = await CheckInputAsync($"{Mail} at 192.0.2.44", guardrail);

        Assert.Equal($"{Mail} at [REDACTED]", decision.Input!["value"]);
        Assert.Equal(["IP_ADDRESS"], (string[])decision.Metadata!["detected_entities"]!);
    }

    [Fact]
    public async Task What_is_found_stands_nowhere_in_a_decision_that_blocks()
    {
        var everything = string.Join(" ", PersonalDataCorpus.Read("tuning-positive").Select(static line => line.Text));
        var guardrail = new PersonalDataGuardrail(new() { Email = PersonalDataAction.Block, Phone = PersonalDataAction.Block, CreditCard = PersonalDataAction.Block, Iban = PersonalDataAction.Block, IPAddress = PersonalDataAction.Block, ApiKey = PersonalDataAction.Block });

        var decision = await CheckInputAsync(everything, guardrail);

        Assert.Equal("Detected high-risk PII entities: EMAIL_ADDRESS, PHONE_NUMBER, CREDIT_CARD, IBAN_CODE, IP_ADDRESS, API_KEY", decision.Reason);
        Assert.Null(PersonalDataFinder.Find(decision.Reason + decision.ErrorMessage + JsonSerializer.Serialize(decision.Metadata), "", 0));
    }

    [Fact]
    public async Task A_result_and_a_ref_argument_are_redacted()
    {
        var guardrail = new PersonalDataGuardrail();
        var output = new GuardrailOutput(typeof(IService).GetMethod(nameof(IService.Reply))!, $"Ask {Mail}", new Dictionary<string, object?> { ["other"] = Card });

        var decision = await guardrail.CheckOutputAsync(output, TestContext.Current.CancellationToken);

        Assert.Equal("Ask [EMAIL-REDACTED]", decision.Output!.Value);
        Assert.Equal("[REDACTED]", decision.Output.OutArguments["other"]);
        Assert.Equal("output", decision.Metadata!["data_type"]);
    }

    public static TheoryData<string, object, string> Values => new()
    {
        { "an array", new[] { "x", Mail }, """["x","[EMAIL-REDACTED]"]""" },
        { "a list", new List<string> { Mail }, """["[EMAIL-REDACTED]"]""" },
        { "a list of objects", new List<object?> { 1, null, Mail }, """[1,null,"[EMAIL-REDACTED]"]""" },
        { "a read-only list", (IReadOnlyList<string>)[Mail], """["[EMAIL-REDACTED]"]""" },
        { "a set", new HashSet<string>(StringComparer.OrdinalIgnoreCase) { Mail }, """["[EMAIL-REDACTED]"]""" },
        { "an immutable array", ImmutableArray.Create(Mail), """["[EMAIL-REDACTED]"]""" },
        { "a queue", new Queue<string>([Mail]), """["[EMAIL-REDACTED]"]""" },
        { "a collection of the application", new Names { Mail }, """["[EMAIL-REDACTED]"]""" },
        { "a dictionary", new Dictionary<string, string> { ["a"] = Mail }, """{"a":"[EMAIL-REDACTED]"}""" },
        { "nested dictionaries", new Dictionary<string, object?> { ["a"] = new Dictionary<string, object?> { ["tel"] = "4155550100" } }, """{"a":{"tel":"[PHONE-REDACTED]"}}""" },
        { "an immutable dictionary", ImmutableDictionary<string, string>.Empty.Add("a", Mail), """{"a":"[EMAIL-REDACTED]"}""" },
        { "a table", new System.Collections.Hashtable { ["a"] = Mail }, """{"a":"[EMAIL-REDACTED]"}""" },
        { "a JSON node", JsonNode.Parse($$"""{"a":["{{Mail}}",1]}""")!, """{"a":["[EMAIL-REDACTED]",1]}""" },
        { "a JSON element", JsonSerializer.SerializeToElement(new { a = Mail, b = 2 }), """{"a":"[EMAIL-REDACTED]","b":2}""" },
        { "a JSON document", JsonDocument.Parse($$"""{"phone":"4155550100"}"""), """{"phone":"[PHONE-REDACTED]"}""" },
        { "a record", new Person("Anna", Mail), """{"Name":"Anna","Address":"[EMAIL-REDACTED]"}""" },
        { "a derived record", new Employee("Anna", Mail, "4155550100"), """{"Phone":"[PHONE-REDACTED]","Name":"Anna","Address":"[EMAIL-REDACTED]"}""" },
        { "a record struct", new Point(Mail, 3), """{"Text":"[EMAIL-REDACTED]","Size":3}""" },
        { "an object", new Customer { Tags = [Mail], Contact = new("Bo", Mail) }, """{"Tags":["[EMAIL-REDACTED]"],"Contact":{"Name":"Bo","Address":"[EMAIL-REDACTED]"}}""" },
        { "objects in a list", new List<Person> { new("A", "x"), new("B", Mail) }, """[{"Name":"A","Address":"x"},{"Name":"B","Address":"[EMAIL-REDACTED]"}]""" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public async Task Text_is_redacted_wherever_it_stands_and_the_callers_object_stays(string what, object value, string expected)
    {
        Assert.NotNull(what);
        var before = JsonSerializer.Serialize(value);

        var decision = await CheckInputAsync(value);

        Assert.Equal(GuardrailAction.Modify, decision.Action);
        var modified = decision.Input!["value"]!;
        Assert.Equal(expected, JsonSerializer.Serialize(modified));
        Assert.Equal(before, JsonSerializer.Serialize(value));
        Assert.False(ReferenceEquals(value, modified));
        Assert.True(modified.GetType() == value.GetType() || value.GetType().Name.Contains("ReadOnly", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Text_in_tuples_pairs_and_buffers_is_redacted()
    {
        var value = new object[] { (1, Mail), Tuple.Create(Mail, 2), new KeyValuePair<string, string>("k", Mail), new StringBuilder(Mail), Mail.ToCharArray(), Mail.AsMemory() };

        var modified = (object[])(await CheckInputAsync(value)).Input!["value"]!;

        Assert.Equal((1, "[EMAIL-REDACTED]"), modified[0]);
        Assert.Equal(Tuple.Create("[EMAIL-REDACTED]", 2), modified[1]);
        Assert.Equal(new KeyValuePair<string, string>("k", "[EMAIL-REDACTED]"), modified[2]);
        Assert.Equal("[EMAIL-REDACTED]", modified[3].ToString());
        Assert.Equal("[EMAIL-REDACTED]", new string((char[])modified[4]));
        Assert.Equal("[EMAIL-REDACTED]", modified[5].ToString());
        Assert.Equal(Mail, value[3].ToString());
    }

    [Fact]
    public async Task A_dictionary_keeps_its_comparer()
    {
        var decision = await CheckInputAsync(new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["A"] = Mail });

        Assert.Equal("[EMAIL-REDACTED]", ((Dictionary<string, string>)decision.Input!["value"]!)["a"]);
    }

    [Fact]
    public async Task An_object_keeps_what_has_no_personal_data()
    {
        var decision = await CheckInputAsync(new Page { Total = 7, Items = { Mail } });

        Assert.Equal(GuardrailAction.Modify, decision.Action);
        var page = (Page)decision.Input!["value"]!;
        Assert.Equal((7, "[EMAIL-REDACTED]"), (page.Total, page.Items.Single()));
    }

    [Fact]
    public async Task A_list_of_the_application_keeps_its_properties_and_they_are_checked()
    {
        var modified = (Titled)(await CheckInputAsync(new Titled { Mail })).Input!["value"]!;
        var titled = await CheckInputAsync(new Titled { Title = Mail });

        Assert.Equal(("title", "[EMAIL-REDACTED]"), (modified.Title, modified.Single()));
        Assert.Equal(GuardrailAction.Block, titled.Action);
    }

    [Fact]
    public async Task Chat_messages_are_redacted_in_their_contents_and_forget_what_they_were_made_from()
    {
        var message = new ChatMessage(ChatRole.User, [new TextContent($"I am {Mail}"), new FunctionCallContent("1", "f", new Dictionary<string, object?> { ["to"] = Mail })])
        {
            RawRepresentation = new { Original = Mail },
            AdditionalProperties = new() { ["mail"] = Mail },
        };

        var decision = await CheckInputAsync(new List<ChatMessage> { new(ChatRole.System, "Be kind."), message });

        var modified = ((List<ChatMessage>)decision.Input!["value"]!)[1];
        Assert.Equal("I am [EMAIL-REDACTED]", modified.Text);
        Assert.Equal(ChatRole.User, modified.Role);
        Assert.Equal("[EMAIL-REDACTED]", modified.Contents.OfType<FunctionCallContent>().Single().Arguments!["to"]);
        Assert.Equal("[EMAIL-REDACTED]", modified.AdditionalProperties!["mail"]);
        Assert.Null(modified.RawRepresentation);
        Assert.Equal($"I am {Mail}", message.Text);
        Assert.NotNull(message.RawRepresentation);
        Assert.Equal(3, ((Dictionary<string, object?>)decision.Metadata!["entity_counts"]!)["EMAIL_ADDRESS"]);
    }

    [Fact]
    public async Task The_history_of_Semantic_Kernel_is_redacted_although_its_messages_write_through_to_their_items()
    {
        var history = new Microsoft.SemanticKernel.ChatCompletion.ChatHistory("Be kind.");
        history.AddUserMessage($"I am {Mail}");

        var decision = await CheckInputAsync(history);

        Assert.Equal("I am [EMAIL-REDACTED]", ((Microsoft.SemanticKernel.ChatCompletion.ChatHistory)decision.Input!["value"]!)[1].Content);
        Assert.Equal($"I am {Mail}", history[1].Content);
    }

    [Fact]
    public async Task A_setter_that_changes_another_object_does_not_run()
    {
        var inner = new Customer { Contact = new("Bo", "none") };
        var outer = new Facade(inner) { Name = Mail };

        var decision = await CheckInputAsync(outer);

        Assert.Equal(GuardrailAction.Block, decision.Action);
        Assert.Equal(Mail, inner.Tags.Single());
    }

    [Fact]
    public async Task An_address_that_is_split_over_the_items_of_a_stream_is_redacted()
    {
        var updates = new[] { "Write to an", "na@exam", "ple.org and ", "+1 415 555 01", "00." }.Select(static text => new ChatResponseUpdate(ChatRole.Assistant, text)).ToList();
        var output = GuardrailOutput.Of(typeof(IService).GetMethod(nameof(IService.Do))!, typeof(object), GuardrailStreaming.WholeText, updates);

        var decision = await new PersonalDataGuardrail().CheckOutputAsync(output, TestContext.Current.CancellationToken);

        var modified = ((List<ChatResponseUpdate>)decision.Output!.Value!).Select(static update => update.Text);
        Assert.Equal(["Write to [EMAIL-REDACTED]", "", " and ", "[PHONE-REDACTED]", "."], modified);
        Assert.Equal("Write to an", updates[0].Text);
    }

    [Theory]
    [MemberData(nameof(UnmodifiableValues))]
    public async Task What_cannot_be_modified_is_blocked(string what, object value)
    {
        Assert.NotNull(what);

        var decision = await CheckInputAsync(value);

        Assert.Equal(GuardrailAction.Block, decision.Action);
        Assert.Equal("PII entities in values that cannot be modified: EMAIL_ADDRESS", decision.Reason);
        Assert.Equal(["EMAIL_ADDRESS"], (string[])decision.Metadata!["unmodifiable_entities"]!);
    }

    [Theory]
    [MemberData(nameof(UnmodifiableValues))]
    public async Task What_cannot_be_modified_is_reported_if_the_options_say_so(string what, object value)
    {
        Assert.NotNull(what);
        var guardrail = new PersonalDataGuardrail(new() { UnmodifiableValues = PersonalDataAction.Allow });

        var decision = await CheckInputAsync(value, guardrail);

        Assert.NotEqual(GuardrailAction.Block, decision.Action);
        Assert.Equal("PII entities in values that cannot be modified: EMAIL_ADDRESS", decision.Reason);
    }

    public static TheoryData<string, object> UnmodifiableValues => new()
    {
        { "a property without a setter", new ReadOnlyPerson(Mail) },
        { "a setter that throws", new Strict { Address = Mail } },
        { "an address", new Uri($"mailto:{Mail}") },
        { "the key of a dictionary", new Dictionary<string, int> { [Mail] = 1 } },
        { "the name of a JSON property", new JsonObject { [Mail] = 1 } },
        { "an object that owns something", new Owner { Address = Mail } },
        { "a collection with hidden state", new Sealed(3) { Mail } },
        { "an object that refers to itself", Node.Cycle(Mail) },
    };

    [Fact]
    public async Task A_value_that_is_too_deep_is_blocked()
    {
        var deep = new List<object>();
        for (var level = 0; level < 100; level++)
        {
            deep = [deep];
        }

        var decision = await CheckInputAsync(new object[] { "text", deep });

        Assert.Equal(GuardrailAction.Block, decision.Action);
        Assert.Equal("A value is too deep or too large to be checked", decision.Reason);
    }

    [Fact]
    public async Task A_property_that_makes_a_new_object_each_time_ends()
    {
        var decision = await CheckInputAsync(new Endless());

        Assert.Equal(GuardrailAction.Block, decision.Action);
    }

    [Fact]
    public async Task Lazy_sequences_streams_and_tasks_are_not_read()
    {
        var isRead = false;
        IEnumerable<string> Lazy()
        {
            isRead = true;
            yield return Mail;
        }

        var decision = await CheckInputAsync(new object[] { Lazy(), new MemoryStream([1]), Task.FromResult(Mail), Lazy().Select(static item => item) });

        Assert.Equal(GuardrailAction.Allow, decision.Action);
        Assert.False(isRead);
    }

    [Fact]
    public async Task An_object_that_stands_twice_is_one_copy()
    {
        var person = new Person("Anna", Mail);

        var modified = (Person[])(await CheckInputAsync(new[] { person, person })).Input!["value"]!;

        Assert.Same(modified[0], modified[1]);
    }

    [Fact]
    public async Task A_value_that_does_not_change_stays_the_same_object()
    {
        var kept = new Person("Bo", "none");

        var modified = (object[])(await CheckInputAsync(new object[] { kept, Mail })).Input!["value"]!;

        Assert.Same(kept, modified[0]);
    }

    public static TheoryData<string, PersonalDataOptions> InvalidOptions => new()
    {
        { "PersonalDataOptions.Email must be Allow, Redact or Block, but is 7.", new() { Email = (PersonalDataAction)7 } },
        { "PersonalDataOptions.UnmodifiableValues must be Block or Allow, but is Redact: what cannot be modified cannot be redacted.", new() { UnmodifiableValues = PersonalDataAction.Redact } },
        { "PersonalDataOptions.ConfidenceThreshold must be from 0 to 1, but is 1.5.", new() { ConfidenceThreshold = 1.5 } },
        { "PersonalDataOptions.ConfidenceThreshold must be from 0 to 1, but is NaN.", new() { ConfidenceThreshold = double.NaN } },
        { "PersonalDataOptions.BlockStrategy must be Throw, ReturnEmpty, ReturnErrorMessage or SkipCall, but is 9.", new() { BlockStrategy = (GuardrailBlockStrategy)9 } },
        { "PersonalDataOptions.Streaming must be Item, Sentence or WholeText, but is 9.", new() { Streaming = (GuardrailStreaming)9 } },
        { "PersonalDataOptions.Name must not be blank: it names the guardrail in traces.", new() { Name = " " } },
        { "PersonalDataOptions.BlockMessage must not be blank: it is what the user reads.", new() { BlockMessage = "" } },
        {
            "PersonalDataOptions.Email must be Redact or Block if all other kinds are Allow: a guardrail that allows every kind checks nothing, so leave it out.",
            new() { Email = PersonalDataAction.Allow, Phone = PersonalDataAction.Allow, CreditCard = PersonalDataAction.Allow, Iban = PersonalDataAction.Allow, IPAddress = PersonalDataAction.Allow, ApiKey = PersonalDataAction.Allow }
        },
    };

    [Theory]
    [MemberData(nameof(InvalidOptions))]
    public void A_bad_option_fails_at_construction_with_its_name_and_the_fix(string message, PersonalDataOptions options) =>
        Assert.StartsWith(message, Assert.Throws<ArgumentException>(() => new PersonalDataGuardrail(options)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Options_are_read_once()
    {
        var options = new PersonalDataOptions();
        var guardrail = new PersonalDataGuardrail(options);
        options.Email = PersonalDataAction.Block;

        Assert.Equal(GuardrailAction.Modify, (await CheckInputAsync(Mail, guardrail)).Action);
    }

    private static ValueTask<GuardrailDecision> CheckInputAsync(object? value, PersonalDataGuardrail? guardrail = null)
    {
        var check = (guardrail ?? new PersonalDataGuardrail()).CheckInputAsync(new(typeof(IService).GetMethod(nameof(IService.Do))!, [value]), TestContext.Current.CancellationToken);
        Assert.True(check.IsCompletedSuccessfully);
        return check;
    }

    public sealed class Names : List<string>;

    public sealed class Titled : List<string>
    {
        public string Title { get; set; } = "title";
    }

    public sealed class Page
    {
        public int Total { get; init; }

        public List<string> Items { get; set; } = [];
    }

    public record Person(string Name, string Address);

    public sealed record Employee(string Name, string Address, string Phone) : Person(Name, Address);

    public record struct Point(string Text, int Size);

    public sealed class Customer
    {
        public List<string> Tags { get; set; } = [];

        public Person? Contact { get; set; }
    }

    public sealed class ReadOnlyPerson(string address)
    {
        public string Address { get; } = address;
    }

    public sealed class Strict
    {
        private string _address = "";

        public string Address
        {
            get => _address;
            set => _address = value.Contains('@', StringComparison.Ordinal) ? value : throw new FormatException();
        }
    }

    public sealed class Facade(Customer inner)
    {
        public string Name
        {
            get => inner.Tags.FirstOrDefault() ?? "";
            set => inner.Tags = [value];
        }
    }

    public sealed class Owner : IDisposable
    {
        public string Address { get; set; } = "";

        public void Dispose()
        {
        }
    }

    public sealed class Sealed(int secret) : List<string>
    {
        private readonly int _secret = secret;

        public override int GetHashCode() => _secret;
    }

    public sealed class Node
    {
        public string Text { get; set; } = "";

        public Node? Next { get; set; }

        public static Node Cycle(string text)
        {
            var node = new Node { Text = text };
            node.Next = new() { Next = node };
            return node;
        }
    }

    public sealed class Endless
    {
        public string Text { get; set; } = "text";

        public Endless One => new();

        public Endless Other => new();
    }
}
