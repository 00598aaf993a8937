using Openlayer.Interception.Tests.FSharp;

namespace Openlayer.Interception.Tests.Capture;

/// <summary>Values and services of F#.</summary>
public sealed class FSharpTests
{
    private static readonly System.Text.Json.JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Theory]
    [MemberData(nameof(Examples))]
    public void A_value_of_fsharp_is_recorded_by_its_cases_and_fields(object? value, string json) => Assert.Equal(json, Snapshots.Of(value));

    public static TheoryData<object?, string> Examples() => new()
    {
        { Values.person, """{"Name":"Ada","Age":36}""" },
        { Values.someRecord, """{"Name":"Ada","Age":36}""" },
        { Values.someNumber, "1" },
        { Values.valueOption, """{"Name":"Ada","Age":36}""" },
        { Values.noValue, "null" },
        { Values.nested, "1" },
        { Values.circle, """{"Case":"Circle","radius":1.5}""" },
        { Values.rectangle, """{"Case":"Rectangle","width":1,"height":2}""" },
        { Values.labelled, """{"Case":"Labelled","Item1":"a","Item2":1}""" },
        { Values.empty, "\"Empty\"" },
        { Values.tree, """{"Case":"Node","left":"Leaf","value":1,"right":{"Case":"Node","left":"Leaf","value":2,"right":"Leaf"}}""" },
        { Values.cartesian, """{"Case":"Cartesian","x":1,"y":2}""" },
        { Values.origin, "\"Origin\"" },
        { Values.card, """{"Case":"Card","number":"1","password":"[redacted]"}""" },
        { Values.id, """{"Case":"Id","Item":7}""" },
        { Values.level, "\"High\"" },
        { Values.ok, """{"Case":"Ok","ResultValue":{"Name":"Ada","Age":36}}""" },
        { Values.error, """{"Case":"Error","ErrorValue":"no"}""" },
        { Values.choice, """{"Case":"Choice1Of2","Item":1}""" },
        { Values.holder, """{"Person":{"Name":"Ada","Age":36},"Value":1,"Shape":{"Case":"Circle","radius":1.5},"Outcome":{"Case":"Ok","ResultValue":1}}""" },
        { Values.list, "[1,2]" },
        { Values.map, """{"a":1}""" },
        { Values.set, "[1,2]" },
        { Values.shapes, """[{"Case":"Circle","radius":1},"Empty"]""" },
        { Values.measure, "3" },
        { Values.anonymous, """{"Age":1,"Name":"Ada"}""" },
        { Values.tuple, """[1,"a"]""" },
        { Values.structTuple, """[1,"a"]""" },
        { Values.increment, "\"[FSharpFunc<int, int>]\"" },
        { Values.add, "\"[FSharpFunc<int, FSharpFunc<int, int>>]\"" },
        { Values.later, "\"[FSharpAsync<int>]\"" },
        { Values.reference, """{"contents":1,"Value":1}""" },
        { Values.numbers, "\"[lazy IEnumerable<int>]\"" },
        { Values.arrays, """[{"Name":"Ada","Age":36},{"Name":"Bob","Age":1}]""" },
        { Values.celsius, """{"Case":"Celsius","degrees":36.6}""" },
        { Values.email, """{"Case":"Email","address":"ada@example.org"}""" },
        { Values.left, """{"Case":"Left","Item":1}""" },
        { Values.right, """{"Case":"Right","value":["a"]}""" },
        { Values.nothing, """[null,{"Case":"Something","Item":1}]""" },
        { Values.nestedNone, "null" },
        { Values.nestedValue, "2" },
        { Values.someUnit, "null" },
        { Values.optionList, "[1,null,3]" },
        { Values.rose, """{"Label":"a","Children":[{"Label":"b","Children":[]}]}""" },
        { Values.size, """{"Width":1,"Height":2}""" },
        { Values.account, """{"User":"ada","Password":"[redacted]"}""" },
        { Values.command, """{"Name":"a","Run":"[FSharpFunc<int, int>]","Later":"[FSharpAsync<int>]","Steps":[["b",1]]}""" },
        { Values.transfer, """{"Case":"Transfer","Item1":{"User":"ada","Password":"[redacted]"},"amount":1.5}""" },
        { Values.cash, """{"Case":"Cash","Item":{"Amount":1,"Token":"[redacted]"}}""" },
        { Values.structAnonymous, """{"Amount":1,"Pin":"[redacted]"}""" },
        { Values.nestedAnonymous, """{"Choice":{"Case":"Left","Item":1},"Inner":{"Names":["a"]}}""" },
        { Values.unionMap, """[{"Key":{"Case":"Id","Item":1},"Value":"a"},{"Key":{"Case":"Id","Item":2},"Value":"b"}]""" },
        { Values.secretMap, """{"password":"[redacted]","user":"ada"}""" },
        { Values.nestedMap, """{"1":{"a":[1]}}""" },
        { Values.emptyMap, "{}" },
        { Values.unionSet, """["Low","High"]""" },
        { Values.measures, "[1,2]" },
        { Values.choice3, """{"Case":"Choice3Of3","Item":{"Name":"Ada","Age":36}}""" },
        { Values.okUnit, """{"Case":"Ok","ResultValue":null}""" },
        { Values.nestedResult, """{"Case":"Ok","ResultValue":{"Case":"Error","ErrorValue":"no"}}""" },
        { Values.structResult, """{"Case":"Ok","ResultValue":[1,"a"]}""" },
        { Values.quotation, "\"[FSharpExpr]\"" },
        { Values.rawQuotation, "\"[FSharpExpr]\"" },
        { Values.closure, "\"[FSharpFunc<FSharpList<int>, FSharpList<int>>]\"" },
        { Values.@event, "\"[FSharpEvent<int>]\"" },
        { Values.published, "\"[IEvent<FSharpHandler<int>, int>]\"" },
        { Values.mailbox, "\"[FSharpMailboxProcessor<int>]\"" },
        { Values.cachedNumbers, "\"[lazy IEnumerable<int>]\"" },
        { Values.mapped, "\"[lazy IEnumerable<Tuple<string, string>>]\"" },
        { Values.big, "12345678901234567890" },
        { Values.refused, """{"type":"Openlayer.Interception.Tests.FSharp.Values+Refused","message":"Refused (\"no\", 1)"}""".Replace("\"no\"", "\\\"no\\\"", StringComparison.Ordinal) },
        { Values.failure, """{"type":"System.Exception","message":"no"}""" },
    };

    [Fact]
    public void A_secret_in_the_text_of_a_record_of_fsharp_is_masked_inside_its_cases()
    {
        Assert.DoesNotContain("hunter2", Snapshots.Of(Values.declined), StringComparison.Ordinal);
        foreach (var text in new[] { "Password = Some \"hunter2\"", "{ User = \"ada\"; Token = ValueSome (Secret \"hunter2\") }", "password = Hidden \"hunter2\"", "Pin = Some (Some \"hunter2\")", "ApiKey = Key \"hunter2" })
        {
            Assert.DoesNotContain("hunter2", Snapshots.Of(text), StringComparison.Ordinal);
        }

        Assert.Equal("Note = Some \"tea\"; Password = None", System.Text.Json.JsonSerializer.Deserialize<string>(Snapshots.Of("Note = Some \"tea\"; Password = None")));
    }

    [Fact]
    public async Task A_service_of_fsharp_is_recorded_with_the_names_of_its_implementation_and_its_streams_are_followed()
    {
        var publisher = new InMemoryTracePublisher();
        await using var tracer = new OpenlayerTracer(new OpenlayerOptions { Publishers = { publisher } });
        var service = tracer.Intercept<ICalculator>(new Calculator());

        Assert.Equal(3, service.Add(1, 2));
        service.Login("ada", "secret");
        Assert.Equal(3, await service.AddTask(1, 2));
        Assert.NotNull(service.AddAsync(1, 2));
        Assert.NotNull(service.Find(36));
        Assert.Equal([1, 2, 3], service.Numbers(3));
        Assert.Equal([2, 4], service.Doubled(2));
        var items = new List<int>();
        await foreach (var item in service.NumbersAsync(2))
        {
            items.Add(item);
        }

        Assert.Equal([1, 2], items);
        await tracer.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal(
            [
                """ICalculator.Add {"left":1,"right":2} 3""",
                """ICalculator.Login {"user":"ada","password":"[redacted]"} """,
                """ICalculator.AddTask {"left":1,"right":2} 3""",
                """ICalculator.AddAsync {"left":1,"right":2} [FSharpAsync<int>]""",
                """ICalculator.Find {"age":36} {"Name":"Ada","Age":36}""",
                """ICalculator.Numbers {"count":3} [1,2,3]""",
                """ICalculator.Doubled {"count":2} [2,4]""",
                """ICalculator.NumbersAsync {"count":2} [1,2]""",
            ],
            publisher.Traces.Select(static trace => $"{trace.Root.Name} {System.Text.Json.JsonSerializer.Serialize(trace.Root.Inputs)} {trace.Root.Output}"));
    }

    [Fact]
    public async Task Members_of_every_form_of_fsharp_are_recorded()
    {
        var publisher = new InMemoryTracePublisher();
        await using var tracer = new OpenlayerTracer(new OpenlayerOptions { Publishers = { publisher } });
        var orders = tracer.Intercept<IOrders>(new Orders());

        Assert.Equal(1, orders.Curried(2, 1));
        Assert.Equal(["tea", "tea"], orders.Find("tea", 2));
        Assert.Equal(["tea"], orders.Find("tea", null));
        Assert.Equal(3, await orders.Count());
        Assert.Equal(1, (await orders.Save(Values.account)).ResultValue);
        Assert.Equal(3, orders.Apply(Microsoft.FSharp.Core.FuncConvert.FromFunc<int, int>(static value => value + 1), 2));
        Assert.Equal(4, orders.Weigh(2));
        Assert.Equal(("a", 1), orders.Swap((1, "a")));
        await orders.Touch();
        await Assert.ThrowsAsync<Declined>(() => orders.Refuse(7));
        await foreach (var shape in orders.Stream(2))
        {
            Assert.True(shape.IsCircle);
        }

        Assert.Single(orders.Filter(Microsoft.FSharp.Core.FuncConvert.FromFunc<Shape, bool>(static shape => shape.IsCircle), Values.shapes));
        Assert.Equal("b", orders.TryGet("a").Value);
        Assert.True(orders.TryGet("b").IsNone);
        orders.Level = Level.High;
        Assert.Equal(Level.High, orders.Level);

        await tracer.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal(
            [
                """Curried {"left":2,"right":1} 1""",
                """Find {"name":"tea","limit":2} ["tea","tea"]""",
                """Find {"name":"tea","limit":null} ["tea"]""",
                """Count {} 3""",
                """Save {"order":{"User":"ada","Password":"[redacted]"}} {"Case":"Ok","ResultValue":1}""",
                """Apply {"change":"[FSharpFunc<int, int>]","value":2} 3""",
                """Weigh {"weight":2} 4""",
                """Swap {"_arg1":[1,"a"]} ["a",1]""",
                """Touch {} """,
                """Refuse {"code":7} """,
                """Stream {"count":2} [{"Case":"Circle","radius":1},{"Case":"Circle","radius":2}]""",
                """Filter {"predicate":"[FSharpFunc<Shape, bool>]","shapes":[{"Case":"Circle","radius":1},"Empty"]} [{"Case":"Circle","radius":1}]""",
                """TryGet {"key":"a"} b""",
                """TryGet {"key":"b"} """,
            ],
            publisher.Traces.Select(static trace => trace.Root)
                .Where(static step => !step.Name.Contains("Level", StringComparison.Ordinal))
                .Select(static step => $"{step.Name.Replace("IOrders.", "", StringComparison.Ordinal)} {System.Text.Json.JsonSerializer.Serialize(step.Inputs, Plain)} {step.Output}"));
        Assert.DoesNotContain("hunter2", System.Text.Json.JsonSerializer.Serialize(publisher.Traces.Select(static trace => trace.Root.Metadata)), StringComparison.Ordinal);
    }
}
