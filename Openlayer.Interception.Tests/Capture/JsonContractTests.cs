using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Tests.Capture;

public sealed partial class JsonContractTests
{
    private enum Level
    {
        VeryLow,
    }

    [Fact]
    public void Attributes_on_a_type_are_honoured()
    {
        var value = new Annotated { Ignored = 1, Renamed = 2, WhenNotNull = null, First = 3, WhenNotDefault = 0 };
        Assert.Equal("""{"First":3,"new_name":2,"Marked":"low","Hidden":8,"Field":7}""", Snapshots.Of(value));
        Snapshots.AssertSame(JsonSerializer.Serialize(value), Snapshots.Of(value));
    }

    [Fact]
    public void Extension_data_becomes_properties_of_its_object() =>
        Assert.Equal(
            """{"A":1,"b":[2],"secret":"[redacted]"}""",
            Snapshots.Of(new Extended { A = 1, More = new() { ["b"] = JsonSerializer.SerializeToElement(new[] { 2 }), ["secret"] = default } }));

    [Fact]
    public void The_applications_naming_policy_fields_and_ignore_conditions_are_honoured()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            IncludeFields = true,
            IgnoreReadOnlyProperties = true,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        };
        var value = new Plain { SomeName = "n", SomeField = 3, Zero = 0, Nothing = null, Kept = 0 };
        Assert.Equal("""{"someName":"n","kept":0,"items":[1],"someField":3}""", Snapshots.Of(value, options));
        Snapshots.AssertSame(JsonSerializer.Serialize(value, options), Snapshots.Of(value, options));
    }

    [Fact]
    public void The_application_can_still_change_its_own_options()
    {
        var options = new JsonSerializerOptions();
        Snapshots.Of(new { a = 1 }, options);
        Assert.False(options.IsReadOnly);
    }

    [Fact]
    public void The_applications_converters_apply_to_nested_values()
    {
        var options = new JsonSerializerOptions { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower), new ShapeConverter(), new NumberConverter() } };
        var value = new Drawing { Level = Level.VeryLow, Shape = new Circle(), Shapes = [new Circle()], Number = 3, Map = new() { ["c"] = new Circle() } };
        Assert.Equal("""{"Level":"very-low","Shape":"a shape","Shapes":["a shape"],"Map":{"c":"a shape"},"Number":{"n":3}}""", Snapshots.Of(value, options));
        Assert.Equal("""["very-low"]""", Snapshots.Of(new[] { Level.VeryLow }, options));
        Assert.Equal(3, new ValueCapture(new(new() { JsonSerializerOptions = options }), null).Capture(3));
    }

    [Fact]
    public void A_converter_on_a_nullable_property_is_honoured() =>
        Assert.Equal("""{"Some":{"n":1},"None":null}""", Snapshots.Of(new Optional { Some = 1 }));

    [Fact]
    public void A_source_generated_contract_is_honoured_and_other_types_still_captured()
    {
        var options = new JsonSerializerOptions { TypeInfoResolver = KnownContracts.Default, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };
        Assert.Equal("""{"someName":"n","other":{"value":1}}""", Snapshots.Of(new Known { SomeName = "n", Other = new Unknown { Value = 1 } }, options));
    }

    [Fact]
    public void A_resolver_that_modifies_a_contract_is_honoured()
    {
        var options = new JsonSerializerOptions
        {
            TypeInfoResolver = new DefaultJsonTypeInfoResolver
            {
                Modifiers = { static contract => { foreach (var property in contract.Properties) { property.Name += "!"; property.ShouldSerialize = static (_, value) => value is not 2; } } },
            },
        };
        Assert.Equal("""{"a!":1}""", Snapshots.Of(new { a = 1, b = 2 }, options));
    }

    [Fact]
    public void A_converter_that_throws_or_writes_too_much_leaves_a_placeholder()
    {
        Assert.Equal("""["[threw FormatException]",1]""", Snapshots.Of(new object[] { new Failing(), 1 }));
        Assert.Equal("""["[size limit]",1]""", Snapshots.Of(new object[] { new Endless(), 1 }));
    }

    [Fact]
    public void The_output_of_a_converter_is_bounded() =>
        Assert.Equal("""[0,"[+2 items]"]""", Snapshots.Of(new Long(), static options => options.MaxItems = 1));

    [Fact]
    public void A_resolver_that_fails_does_not_prevent_a_capture()
    {
        var options = new JsonSerializerOptions { TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { static _ => throw new FormatException() } } };
        Assert.Equal("[Plain]", Snapshots.Of(new Plain(), options).Trim('"'));
    }

    [Fact]
    public void A_captured_type_can_be_unloaded()
    {
        var capture = new ValueCapture(new(new()), null);
        var context = CaptureCollectible(capture);

        // The framework's own cache of accessors lets go of a type a second after its last use, when it is used for another.
        for (var deadline = DateTime.UtcNow.AddSeconds(30); context.IsAlive && DateTime.UtcNow < deadline;)
        {
            CaptureCollectible(capture);
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(context.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference CaptureCollectible(ValueCapture capture)
    {
        var context = new AssemblyLoadContext("unloadable", isCollectible: true);
        var type = context.LoadFromAssemblyPath(typeof(JsonContractTests).Assembly.Location).GetType(typeof(Unknown).FullName!)!;
        Assert.NotSame(typeof(Unknown), type);
        var value = Activator.CreateInstance(type)!;
        Assert.Equal("""[{"Value":0}]""", Snapshots.Written(capture.Capture(new[] { value })));
        var list = (System.Collections.IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(type))!;
        list.Add(value);
        Assert.Equal("""[{"Value":0}]""", Snapshots.Written(capture.Capture(list)));
        context.Unload();
        return new WeakReference(type);
    }

    private sealed class Annotated
    {
        [JsonIgnore]
        public int Ignored { get; set; }

        [JsonPropertyName("new_name")]
        public int Renamed { get; set; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? WhenNotNull { get; set; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        public int WhenNotDefault { get; set; }

        [JsonConverter(typeof(LowConverter))]
        public Level Marked { get; set; }

        [JsonPropertyOrder(-1)]
        public int First { get; set; }

        [JsonInclude]
        public int Field = 7;

        [JsonInclude]
        internal int Hidden { get; set; } = 8;
    }

    private sealed class Extended
    {
        public int A { get; set; }

        [JsonExtensionData]
        public Dictionary<string, JsonElement>? More { get; set; }
    }

    private sealed class Plain
    {
        public int SomeField;

        public string? SomeName { get; set; }

        public int Zero { get; set; }

        public string? Nothing { get; set; }

        [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
        public int Kept { get; set; }

        public int ReadOnly => 5;

        public List<int> Items { get; } = [1];
    }

    private interface IShape;

    private sealed class Circle : IShape
    {
        public int Radius { get; set; }
    }

    private sealed class Drawing
    {
        public Level Level { get; set; }

        public IShape? Shape { get; set; }

        public List<IShape> Shapes { get; set; } = [];

        public Dictionary<string, IShape> Map { get; set; } = [];

        public int Number { get; set; }
    }

    private sealed class Optional
    {
        [JsonConverter(typeof(NumberConverter))]
        public int? Some { get; set; }

        [JsonConverter(typeof(NumberConverter))]
        public int? None { get; set; }
    }

    internal sealed class Known
    {
        public string? SomeName { get; set; }

        public object? Other { get; set; }
    }

    internal sealed class Unknown
    {
        public int Value { get; set; }
    }

    [JsonConverter(typeof(FailingConverter))]
    private sealed class Failing;

    [JsonConverter(typeof(EndlessConverter))]
    private sealed class Endless;

    [JsonConverter(typeof(LongConverter))]
    private sealed class Long;

    private abstract class WriteOnly<T> : JsonConverter<T>
    {
        public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();
    }

    private sealed class LowConverter : WriteOnly<Level>
    {
        public override void Write(Utf8JsonWriter writer, Level value, JsonSerializerOptions options) => writer.WriteStringValue("low");
    }

    private sealed class ShapeConverter : WriteOnly<IShape>
    {
        public override void Write(Utf8JsonWriter writer, IShape value, JsonSerializerOptions options) => writer.WriteStringValue("a shape");
    }

    private sealed class NumberConverter : WriteOnly<int>
    {
        public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            writer.WriteNumber("n", value);
            writer.WriteEndObject();
        }
    }

    private sealed class FailingConverter : WriteOnly<Failing>
    {
        public override void Write(Utf8JsonWriter writer, Failing value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            throw new FormatException("a secret");
        }
    }

    private sealed class EndlessConverter : WriteOnly<Endless>
    {
        public override void Write(Utf8JsonWriter writer, Endless value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            while (true)
            {
                writer.WriteStringValue("more and more");
            }
        }
    }

    private sealed class LongConverter : WriteOnly<Long>
    {
        public override void Write(Utf8JsonWriter writer, Long value, JsonSerializerOptions options) => writer.WriteRawValue("[0,1,2]");
    }

    [JsonSerializable(typeof(Known))]
    internal sealed partial class KnownContracts : JsonSerializerContext;
}
