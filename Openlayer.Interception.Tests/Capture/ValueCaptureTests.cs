using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Collections.Specialized;
using System.Data;
using System.Diagnostics;
using System.Dynamic;
using System.Globalization;
using System.IO.Pipelines;
using System.Linq.Expressions;
using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Castle.DynamicProxy;
using Microsoft.AspNetCore.Http;
using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Tests.Capture;

public sealed class ValueCaptureTests
{
    private enum Color
    {
        Red,
        Blue,
    }

    public interface IService
    {
        string Name { get; }
    }

    public static TheoryData<object> Scalars =>
    [
        true, 'c', (byte)1, (sbyte)-1, (short)2, (ushort)3, 4, 5u, 6L, 7UL, (nint)8, (nuint)9, 1.5f, 2.5, 3.5m, (Half)0.5, (Int128)10, (UInt128)11,
        new BigInteger(12), DayOfWeek.Friday, Guid.Empty, DateTime.UnixEpoch, DateTimeOffset.UnixEpoch, new DateOnly(2024, 2, 29),
        new TimeOnly(12, 30), TimeSpan.FromSeconds(1), new Uri("https://example.com/"), new Version(1, 2), new Rune('r'),
    ];

    [Theory]
    [MemberData(nameof(Scalars), DisableDiscoveryEnumeration = true)]
    public void A_scalar_is_kept_unchanged(object scalar) => Assert.Same(scalar, new ValueCapture(new(new()), null).Capture(scalar));

    [Fact]
    public void A_string_is_kept_unchanged()
    {
        var text = new string('a', 10);
        Assert.Same(text, new ValueCapture(new(new()), null).Capture(text));
        Assert.Null(new ValueCapture(new(new()), null).Capture(null));
    }

    [Fact]
    public void A_later_change_does_not_change_the_snapshot()
    {
        var capture = new ValueCapture(new(new()), null);
        var list = new List<object> { 1 };
        var map = new Dictionary<string, object> { ["list"] = list };
        var node = new JsonObject { ["a"] = 1 };
        var builder = new StringBuilder("before");
        object?[] captured = [capture.Capture(list), capture.Capture(map), capture.Capture(node), capture.Capture(builder)];
        list.Add(2);
        map["more"] = 3;
        node["a"] = 2;
        builder.Append("after");
        Assert.Equal(["[1]", """{"list":[1]}""", """{"a":1}""", "\"before\""], captured.Select(Snapshots.Written));
    }

    [Fact]
    public void Records_structs_and_anonymous_types_are_objects_with_their_properties()
    {
        Assert.Equal("""{"X":1,"Y":"b"}""", Snapshots.Of(new Pair(1, "b")));
        Assert.Equal("""{"X":1,"Y":2}""", Snapshots.Of(new Point(1, 2)));
        Assert.Equal("""{"a":1,"b":{"c":null}}""", Snapshots.Of(new { a = 1, b = new { c = (string?)null } }));
        Assert.Equal("{}", Snapshots.Of(new object()));
    }

    [Fact]
    public void Tuples_are_arrays()
    {
        Assert.Equal("""[1,"b"]""", Snapshots.Of((1, "b")));
        Assert.Equal("""[1,"b"]""", Snapshots.Of(Tuple.Create(1, "b")));
        Assert.Equal("[1,2,3,4,5,6,7,8,9]", Snapshots.Of((1, 2, 3, 4, 5, 6, 7, 8, 9)));
        Assert.Equal("[[],[1,2]]", Snapshots.Of((default(ValueTuple), new { p = (1, 2) }.p)));
    }

    [Fact]
    public void Dictionaries_whose_keys_are_strings_or_scalars_are_objects()
    {
        var id = Guid.Parse("11111111-2222-3333-4444-555555555555");
        Assert.Equal("""{"a":1}""", Snapshots.Of(new Dictionary<string, int> { ["a"] = 1 }));
        Assert.Equal("""{"Blue":1}""", Snapshots.Of(new Dictionary<Color, int> { [Color.Blue] = 1 }));
        Assert.Equal("""{"7":1}""", Snapshots.Of(new SortedDictionary<int, int> { [7] = 1 }));
        Assert.Equal($$"""{"{{id}}":1}""", Snapshots.Of(new ConcurrentDictionary<Guid, int> { [id] = 1 }));
        Assert.Equal("""{"a":1}""", Snapshots.Of(new Hashtable { ["a"] = 1 }));
        Assert.Equal("""{"a":"1,2"}""", Snapshots.Of(new NameValueCollection { { "a", "1" }, { "a", "2" } }));
        Assert.Equal("""{"a":1}""", Snapshots.Of(ImmutableDictionary<string, int>.Empty.Add("a", 1)));
        IDictionary<string, object?> expando = new ExpandoObject();
        expando["a"] = 1;
        Assert.Equal("""{"a":1}""", Snapshots.Of(expando));
    }

    [Fact]
    public void Dictionaries_with_composite_keys_are_arrays_of_entries() =>
        Assert.Equal("""[{"Key":{"X":1,"Y":2},"Value":"v"}]""", Snapshots.Of(new Dictionary<Point, string> { [new(1, 2)] = "v" }));

    [Fact]
    public void Bytes_are_recorded_as_length_and_hash()
    {
        byte[] bytes = [1, 2, 3, 4, 5];
        const string Expected = """{"bytes":5,"sha256":"74f81fe167d99b4cb41d6d0ccda82278caee9f3e2f25d5e5a3936ff3dcec60d0"}""";
        Assert.Equal(Expected, Snapshots.Of(bytes));
        Assert.Equal(Expected, Snapshots.Of(new Memory<byte>(bytes)));
        Assert.Equal(Expected, Snapshots.Of(new ReadOnlyMemory<byte>([0, .. bytes], 1, 5)));
        Assert.Equal(Expected, Snapshots.Of(new ArraySegment<byte>(bytes)));
        Assert.Equal(Expected, Snapshots.Of(ImmutableArray.Create(bytes)));
        Assert.Contains("\"bytes\":0", Snapshots.Of(default(ArraySegment<byte>)), StringComparison.Ordinal);
    }

    [Fact]
    public void Characters_are_text()
    {
        Assert.Equal("ab", new ValueCapture(new(new()), null).Capture("ab".ToCharArray()));
        Assert.Equal("ab", new ValueCapture(new(new()), null).Capture("ab".AsMemory()));
        Assert.Equal("ab", new ValueCapture(new(new()), null).Capture(new StringBuilder("ab")));
        Assert.Equal("\"… [+2 characters]\"", Snapshots.Of(new StringBuilder("ab"), static options => options.MaxStringLength = 0));
        Assert.Equal("\"a… [+5 characters]\"", Snapshots.Of("abcdef".ToCharArray(), static options => options.MaxStringLength = 1));
    }

    [Fact]
    public void Json_is_copied()
    {
        const string Json = """{"a":[1,2.50,1e400,"x",true,null,{}]}""";
        using var document = JsonDocument.Parse(Json);
        Assert.Equal(Json, Snapshots.Of(document));
        Assert.Equal(Json, Snapshots.Of(document.RootElement));
        Assert.Equal(Json, Snapshots.Of(JsonNode.Parse(Json)));
        Assert.Equal("""{"p":{"X":1,"Y":2}}""", Snapshots.Of(new JsonObject { ["p"] = JsonValue.Create(new Point(1, 2)) }));
        Assert.Null(new ValueCapture(new(new()), null).Capture(default(JsonElement)));
        Assert.Equal("x", new ValueCapture(new(new()), null).Capture(JsonValue.Create("x")));
    }

    [Fact]
    public void A_disposed_document_becomes_a_placeholder()
    {
        var document = JsonDocument.Parse("{}");
        document.Dispose();
        Assert.Equal("[threw ObjectDisposedException]", new ValueCapture(new(new()), null).Capture(document));
        Assert.Equal("""{"d":"[threw ObjectDisposedException]"}""", Snapshots.Of(new { d = document }));
    }

    [Fact]
    public void Json_text_that_is_not_valid_unicode_becomes_a_placeholder()
    {
        using var document = JsonDocument.Parse("""{"a":"\ud800","b":["\udfff",1]}""");
        Assert.Equal(
            """{"a":"[threw InvalidOperationException]","b":["[threw InvalidOperationException]",1]}""",
            Snapshots.Of(document));
    }

    [Fact]
    public void An_exception_is_recorded_with_type_message_and_inner_exceptions()
    {
        var exception = new InvalidOperationException("outer", new ArgumentException("inner")) { Data = { ["key"] = "data" } };
        Assert.Equal(
            """{"type":"System.InvalidOperationException","message":"outer","inner":{"type":"System.ArgumentException","message":"inner"}}""",
            Snapshots.Of(exception));
        Assert.Equal(
            """[{"type":"System.FormatException","message":"a"},{"type":"System.FormatException","message":"b"}]""",
            JsonDocument.Parse(Snapshots.Of(new AggregateException(new FormatException("a"), new FormatException("b")))).RootElement.GetProperty("inner").GetRawText());
    }

    [Fact]
    public void Types_and_members_are_recorded_by_name()
    {
        Assert.Equal("string", new ValueCapture(new(new()), null).Capture(typeof(string)));
        Assert.Equal("string.Trim", new ValueCapture(new(new()), null).Capture(typeof(string).GetMethod("Trim", [])));
        Assert.Equal("""{"t":"int"}""", Snapshots.Of(new { t = typeof(int) }));
    }

    public static TheoryData<object, string> Unread() => new()
    {
        { new Func<int, string>(static i => $"{i}"), "[Func<int, string>]" },
        { (Expression<Func<int>>)(() => 1), "[Expression<Func<int>>]" },
        { new MemoryStream(), "[MemoryStream]" },
        { new StringReader("x"), "[StringReader]" },
        { Task.FromResult(1), "[Task<int>]" },
        { Task.CompletedTask, "[Task]" },
        { new ValueTask<string>("x"), "[ValueTask<string>]" },
        { new CancellationTokenSource(), "[CancellationTokenSource]" },
        { CancellationToken.None, "[CancellationToken]" },
        { new Progress<int>(), "[Progress<int>]" },
        { new DataTable("t"), "[DataTable]" },
        { new DataTable("t").CreateDataReader(), "[DataTableReader]" },
        { new HttpClient(), "[HttpClient]" },
        { Process.GetCurrentProcess(), "[Process]" },
        { new Pipe().Reader, "[PipeReader]" },
        { new Lazy<int>(static () => throw new InvalidOperationException()), "[Lazy<int>]" },
        { new Services(), "[Services]" },
        { new ManualResetEvent(false), "[ManualResetEvent]" },
        { BigInteger.Pow(10, 10_000), "[BigInteger]" },
    };

    [Theory]
    [MemberData(nameof(Unread), DisableDiscoveryEnumeration = true)]
    public void A_value_that_must_not_be_read_is_recorded_as_its_type(object value, string mark)
    {
        Assert.Equal(mark, new ValueCapture(new(new()), null).Capture(value));
        Assert.Equal(mark, JsonDocument.Parse(Snapshots.Of(new object[] { value })).RootElement[0].GetString());
    }

    [Fact]
    public void A_task_that_has_not_completed_is_not_awaited()
    {
        var pending = new TaskCompletionSource<int>();
        Assert.Equal("[Task<int>]", new ValueCapture(new(new()), null).Capture(pending.Task));
        Assert.Equal("[Task<int>]", new ValueCapture(new(new()), null).Capture(Waiting()));
        pending.SetResult(1);

        async Task<int> Waiting() => await pending.Task;
    }

    [Fact]
    public void A_lazy_value_is_recorded_once_it_has_been_created()
    {
        var lazy = new Lazy<Point>(static () => new Point(1, 2));
        _ = lazy.Value;
        Assert.Equal("""{"X":1,"Y":2}""", Snapshots.Of(lazy));
    }

    [Fact]
    public void A_stream_is_not_advanced()
    {
        using var stream = new MemoryStream([1, 2, 3]);
        Snapshots.Of(new { stream, reader = new StreamReader(stream) });
        Assert.Equal(0, stream.Position);
    }

    [Fact]
    public void A_proxied_service_is_recorded_as_its_interface()
    {
        var generator = new ProxyGenerator();
        Assert.Equal("[IService]", new ValueCapture(new(new()), null).Capture(generator.CreateInterfaceProxyWithoutTarget<IService>()));
        Assert.Equal("[IService]", new ValueCapture(new(new()), null).Capture(DispatchProxy.Create<IService, Dispatcher>()));
    }

    [Fact]
    public void Http_content_is_recorded_by_type_and_length_and_not_read()
    {
        Assert.Equal(
            """{"type":"StringContent","contentType":"text/plain; charset=utf-8","length":null}""",
            Snapshots.Of(new StringContent("hello")));
        Assert.Equal("""{"type":"StreamContent","contentType":null,"length":null}""", Snapshots.Of(new StreamContent(new Unreadable())));
    }

    [Fact]
    public void Capturing_http_content_does_not_fix_its_length()
    {
        using var content = new MultipartFormDataContent("b") { { new StringContent("one"), "a" } };
        Snapshots.Of(content);
        content.Add(new StringContent("two"), "b");
        using var copy = new MemoryStream();
        content.CopyTo(copy, null, TestContext.Current.CancellationToken);
        Assert.Equal(copy.Length, content.Headers.ContentLength);
    }

    [Fact]
    public void Http_messages_are_recorded_without_secrets()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "https://user:pw@example.com/a?b=c") { Content = new StringContent("x") };
        request.Headers.Add("Authorization", "Bearer abc");
        request.Headers.Add("X-Trace", "1");
        Assert.Equal(
            """{"method":"POST","uri":"https://example.com/a?b=c","headers":{"Authorization":"[redacted]","X-Trace":"1"},"content":{"type":"StringContent","contentType":"text/plain; charset=utf-8","length":null}}""",
            Snapshots.Of(request));
        using var response = new HttpResponseMessage(System.Net.HttpStatusCode.NotFound);
        Assert.StartsWith("""{"status":404,"reason":"Not Found","headers":{},""", Snapshots.Of(response), StringComparison.Ordinal);
    }

    [Fact]
    public void Collections_are_arrays()
    {
        Assert.Equal("[1,null]", Snapshots.Of(new int?[] { 1, null }));
        Assert.Equal("[1]", Snapshots.Of(new HashSet<int> { 1 }));
        Assert.Equal("[1]", Snapshots.Of(new ConcurrentQueue<int>([1])));
        Assert.Equal("[1]", Snapshots.Of(new ArrayList { 1 }));
        Assert.Equal("[1,2]", Snapshots.Of(new Memory<int>([1, 2])));
        Assert.Equal("[1]", Snapshots.Of(ImmutableArray.Create(1)));
        Assert.Equal("[[1,2],[3,4]]", Snapshots.Of(new[,] { { 1, 2 }, { 3, 4 } }));
        IEnumerable<int> expression = [1, 2];
        Assert.Equal("[1,2]", Snapshots.Of(expression));
    }

    [Fact]
    public void An_uninitialized_immutable_array_is_null()
    {
        Assert.Null(new ValueCapture(new(new()), null).Capture(default(ImmutableArray<int>)));
        Assert.Null(new ValueCapture(new(new()), null).Capture(default(ImmutableArray<byte>)));
        Assert.Equal("[]", Snapshots.Of(ImmutableArray<int>.Empty));
    }

    [Fact]
    public void Lazy_sequences_are_not_enumerated()
    {
        Assert.Equal("[lazy IEnumerable<int>]", new ValueCapture(new(new()), null).Capture(Iterator()));
        Assert.Equal("[lazy IEnumerable<int>]", new ValueCapture(new(new()), null).Capture(Enumerable.Range(1, 3)));
        Assert.Equal("[lazy IEnumerable<int>]", new ValueCapture(new(new()), null).Capture(new[] { 1 }.Select(Fail)));
        Assert.Equal("[lazy IEnumerable<int>]", new ValueCapture(new(new()), null).Capture(new List<int> { 1 }.Where(static _ => true).Select(Fail)));
        Assert.Equal("[lazy IQueryable<int>]", new ValueCapture(new(new()), null).Capture(new[] { 1 }.AsQueryable().Select(static x => x + 1)));
        Assert.Equal("[lazy IAsyncEnumerable<int>]", new ValueCapture(new(new()), null).Capture(AsyncIterator(TestContext.Current.CancellationToken)));
        Assert.Equal("[lazy IEnumerable<int>]", new ValueCapture(new(new()), null).Capture(new Unbounded()));
        Assert.Equal("""{"s":"[lazy IEnumerable<int>]"}""", Snapshots.Of(new { s = Iterator() }));

        static int Fail(int item) => throw new InvalidOperationException();

        static IEnumerable<int> Iterator()
        {
            Assert.Fail("enumerated");
            yield return 1;
        }

        static async IAsyncEnumerable<int> AsyncIterator([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            Assert.Fail("enumerated");
            await Task.CompletedTask;
            yield return 1;
        }
    }

    [Fact]
    public async Task The_body_of_a_web_request_is_not_consumed()
    {
        var body = new Pipe();
        await body.Writer.WriteAsync("question=why"u8.ToArray(), TestContext.Current.CancellationToken);
        await body.Writer.CompleteAsync();
        var context = new DefaultHttpContext
        {
            Request = { Method = "POST", ContentType = "application/x-www-form-urlencoded", Body = body.Reader.AsStream() },
        };

        Assert.Equal("""{"method":"POST","status":200}""", Snapshots.Of(context));
        Assert.Equal("""{"Request":{"method":"POST","contentType":"application/x-www-form-urlencoded"}}""", Snapshots.Of(new { context.Request }));

        var form = await context.Request.ReadFormAsync(TestContext.Current.CancellationToken);
        Assert.Equal("why", form["question"]);
    }

    [Fact]
    public void A_compiler_generated_enumerator_is_recorded_by_its_interface()
    {
        Assert.Equal("[IEnumerator<int>]", new ValueCapture(new(new()), null).Capture(Enumerator()));
        Assert.Equal("[IEnumerator<object>]", new ValueCapture(new(new()), null).Capture(UntypedEnumerator()));
        Assert.Equal("[IAsyncEnumerator<int>]", new ValueCapture(new(new()), null).Capture(AsyncEnumerator()));

        static IEnumerator<int> Enumerator()
        {
            yield return 1;
        }

        static IEnumerator UntypedEnumerator()
        {
            yield return 1;
        }

        static async IAsyncEnumerator<int> AsyncEnumerator()
        {
            await Task.CompletedTask;
            yield return 1;
        }
    }

    [Fact]
    public void The_runtime_type_wins()
    {
        Assert.Equal("""[{"Bark":1,"Name":"d"},{"Name":"a"}]""", Snapshots.Of(new Animal[] { new Dog { Name = "d", Bark = 1 }, new() { Name = "a" } }));
        Assert.Equal("""{"Pet":{"Bark":1,"Name":"d"}}""", Snapshots.Of(new Owner { Pet = new Dog { Name = "d", Bark = 1 } }));
    }

    [Fact]
    public void Cycles_are_not_followed_and_a_repeated_object_is_written_once()
    {
        var node = new Linked();
        node.Next = node;
        Assert.Equal("""{"Next":"[cycle]"}""", Snapshots.Of(node));
        var list = new List<object>();
        list.Add(list);
        Assert.Equal("""["[cycle]"]""", Snapshots.Of(list));
        var map = new Dictionary<string, object>();
        map["self"] = new[] { map };
        Assert.Equal("""{"self":["[cycle]"]}""", Snapshots.Of(map));
        var twice = new Point(1, 2);
        var shared = new Linked();
        Assert.Equal("""[{"Next":null},"[see $[0]]",{"X":1,"Y":2}]""", Snapshots.Of(new object[] { shared, shared, twice }));
    }

    [Fact]
    public void A_getter_that_throws_is_recorded_without_the_message()
    {
        var json = Snapshots.Of(new Throwing());
        Assert.Equal("""{"Before":1,"Broken":"[threw InvalidOperationException]","After":2}""", json);
    }

    [Fact]
    public void Indexers_fields_and_ref_structs_are_not_read()
    {
        Assert.Equal("""{"Count":1}""", Snapshots.Of(new Indexed { Count = 1 }));
        Assert.Equal("""{"Length":2,"Characters":"[ReadOnlySpan<char>]"}""", Snapshots.Of(new Spanned()));
    }

    [Fact]
    public void Cancellation_tokens_and_progress_are_omitted_from_objects()
    {
        Assert.Equal("""{"a":1}""", Snapshots.Of(new { a = 1, token = CancellationToken.None, progress = (IProgress<int>?)null }));
        Assert.True(ValueCapture.IsOmitted(typeof(CancellationToken)));
        Assert.True(ValueCapture.IsOmitted(typeof(CancellationToken?)));
        Assert.True(ValueCapture.IsOmitted(typeof(CancellationToken).MakeByRefType()));
        Assert.True(ValueCapture.IsOmitted(typeof(IProgress<string>)));
        Assert.True(ValueCapture.IsOmitted(typeof(Progress<string>)));
        Assert.False(ValueCapture.IsOmitted(typeof(string)));
    }

    [Fact]
    public void A_collection_that_throws_or_changes_keeps_the_items_read_so_far()
    {
        var list = new List<object>();
        list.Add(new Acting(() => list.Add(1)));
        list.Add(2);
        Assert.Equal("""[{"Value":1},"[threw InvalidOperationException]"]""", Snapshots.Of(list));
        Assert.Equal("""[1,"[threw FormatException]"]""", Snapshots.Of(new Failing()));
        Assert.Equal("""{"a":1,"…":"[threw FormatException]"}""", Snapshots.Of(new FailingMap()));
    }

    [Fact]
    public void Code_of_the_application_runs_while_tracing_is_suppressed()
    {
        var suppressor = new CountingSuppressor();
        var capture = new ValueCapture(new(new()), suppressor);
        capture.Capture(new Acting(() => Assert.Equal(1, suppressor.Depth)));
        Assert.Equal((1, 0), (suppressor.Entered, suppressor.Depth));
        capture.Capture(new Throwing());
        Assert.Equal((2, 0), (suppressor.Entered, suppressor.Depth));
    }

    [Fact]
    public void Strings_and_scalars_suppress_nothing_and_allocate_nothing()
    {
        var suppressor = new CountingSuppressor();
        var capture = new ValueCapture(new(new()), suppressor);
        object?[] values = [.. Scalars.Select(static row => row.Data), "text", null];
        Run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(0, suppressor.Entered);

        void Run()
        {
            foreach (var value in values)
            {
                capture.Capture("name", value);
            }
        }
    }

    [Fact]
    public void A_capture_inside_a_capture_does_not_disturb_it()
    {
        var capture = new ValueCapture(new(new()), null);
        var inner = "";
        var outer = capture.Capture(new Acting(() => inner = Snapshots.Written(capture.Capture(new Point(3, 4)))));
        Assert.Equal("""{"Value":1}""", Snapshots.Written(outer));
        Assert.Equal("""{"X":3,"Y":4}""", inner);
    }

    [Fact]
    public void Many_threads_can_capture_concurrently()
    {
        var capture = new ValueCapture(new(new()), null);
        Parallel.For(0, 2_000, index =>
            Assert.Equal(
                string.Create(CultureInfo.InvariantCulture, $$"""{"X":{{index}},"Y":"é"}"""),
                Snapshots.Written(capture.Capture(new Pair(index, "é")))));
    }

    private sealed record Pair(int X, string Y);

    private readonly record struct Point(int X, int Y);

    private class Animal
    {
        public string? Name { get; set; }
    }

    private sealed class Dog : Animal
    {
        public int Bark { get; set; }
    }

    private sealed class Owner
    {
        public Animal? Pet { get; set; }
    }

    private sealed class Linked
    {
        public Linked? Next { get; set; }
    }

    private sealed class Throwing
    {
        public int Before => 1;

        public int Broken => throw new InvalidOperationException("a secret");

        public int After => 2;
    }

    private sealed class Indexed
    {
#pragma warning disable CA1051, CS0649 // A public field is the case.
        public int Field;
#pragma warning restore CA1051, CS0649

        public int Count { get; set; }

        public int this[int index] => index + Field;
    }

    private sealed class Spanned
    {
        public int Length => 2;

        public ReadOnlySpan<char> Characters => "ab";
    }

    private sealed class Acting(Action act)
    {
        public int Value
        {
            get
            {
                act();
                return 1;
            }
        }
    }

    private sealed class Unbounded : IEnumerable<int>
    {
        public IEnumerator<int> GetEnumerator() => throw new InvalidOperationException("enumerated");

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class Failing : IReadOnlyCollection<int>
    {
        public int Count => throw new InvalidOperationException();

        public IEnumerator<int> GetEnumerator()
        {
            yield return 1;
            throw new FormatException("a secret");
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class FailingMap : IReadOnlyDictionary<string, int>
    {
        public int Count => 2;

        public IEnumerable<string> Keys => [];

        public IEnumerable<int> Values => [];

        public int this[string key] => 0;

        public bool ContainsKey(string key) => false;

        public bool TryGetValue(string key, out int value)
        {
            value = 0;
            return false;
        }

        public IEnumerator<KeyValuePair<string, int>> GetEnumerator()
        {
            yield return new("a", 1);
            throw new FormatException("a secret");
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class Unreadable : MemoryStream
    {
        public override bool CanSeek => false;

        public override long Length => throw new InvalidOperationException("read");

        public override int Read(Span<byte> buffer) => throw new InvalidOperationException("read");
    }

    public class Dispatcher : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => throw new InvalidOperationException("called");
    }

    public sealed class Services : IServiceProvider
    {
        public object? GetService(Type serviceType) => throw new InvalidOperationException("called");
    }

    private sealed class CountingSuppressor : ITraceSuppressor
    {
        public int Entered { get; private set; }

        public int Depth { get; private set; }

        public SuppressionScope Suppress()
        {
            Entered++;
            Depth++;
            return new SuppressionScope(this, this);
        }

        public void Restore(object? previous)
        {
            Assert.Same(this, previous);
            Depth--;
        }
    }
}
