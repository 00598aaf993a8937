using System.Text.Json;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Invocation;

/// <summary>Which values of a call are recorded, and when. The tests of capture cover each kind of value.</summary>
public sealed class CaptureTests
{
    [Theory, EveryRegistration]
    public async Task Inputs_are_captured_before_the_call_and_outputs_when_it_ends(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var given = new List<int> { 1 };

        var result = await container.Work.UseAsync("request", given, async list =>
        {
            list.Add(2);
            var made = new List<int> { 3 };
            await Task.Yield();
            made.Add(4);
            return made;
        });
        result.Add(5);
        given.Add(6);

        var step = (await container.TraceAsync()).Root;
        Assert.Equal("[1]", Json(step.Inputs["input"]));
        Assert.Equal("[3,4]", Json(step.Output));
    }

    [Theory, EveryRegistration]
    public async Task Capture_never_enumerates_reads_awaits_or_follows_a_cycle(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        using var stream = new MemoryStream([1, 2]);
        var pending = new TaskCompletionSource<int>().Task;
        var cycle = new List<object>();
        cycle.Add(cycle);
        var input = new { lazy = Lazy(), query = new[] { 1 }.AsQueryable().Select(static item => item + 1), stream, pending, cycle };

        await container.Work.UseAsync("request", input, Task.FromResult);

        var step = (await container.TraceAsync()).Root;
        const string Expected =
            """{"lazy":"[lazy IEnumerable<int>]","query":"[lazy IQueryable<int>]","stream":"[MemoryStream]","pending":"[Task<int>]","cycle":["[cycle]"]}""";
        Assert.Equal(Expected, Json(step.Inputs["input"]));
        Assert.Equal(Expected, Json(step.Output));
        Assert.Equal(0, stream.Position);

        static IEnumerable<int> Lazy()
        {
            Assert.Fail("enumerated");
            yield return 1;
        }
    }

    [Theory, EveryRegistration]
    public async Task Capture_is_bounded_in_depth_items_length_and_bytes_and_marks_omissions(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration, static options =>
        {
            options.Capture.MaxDepth = 2;
            options.Capture.MaxItems = 2;
            options.Capture.MaxStringLength = 3;
            options.Capture.MaxBytes = 1024;
        });

        await container.Work.UseAsync("request", new object[] { "abcde", new[] { new[] { 1 } }, 3 }, Task.FromResult);
        await container.Work.UseAsync("request", Enumerable.Range(0, 400).ToDictionary(static key => new string('k', key), static _ => 1), Task.FromResult);

        var steps = (await container.TracesAsync()).Select(static trace => trace.Root).ToArray();
        Assert.Equal("""["abc… [+2 characters]",["[depth limit]"],"[+1 items]"]""", Json(steps[0].Inputs["input"]));
        Assert.Equal("""{"":1,"k":1,"…":"[+398 entries]"}""", Json(steps[1].Inputs["input"]));
    }

    [Theory, EveryRegistration]
    public async Task Calls_into_traced_services_during_capture_open_no_steps(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;
        var input = new Acting(() => work.Do("from a getter"));

        await work.UseAsync("request", input, async acting =>
        {
            await Task.Yield();
            work.Do("from the service");
            return acting;
        });

        Assert.Equal(2, input.Reads);
        Assert.Equal("request(from the service)", await container.TreesAsync());
    }

    [Theory, EveryRegistration]
    public async Task A_captured_getters_writes_to_an_AsyncLocal_do_not_escape(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var local = new AsyncLocal<string> { Value = "the caller's" };
        var input = new Acting(() => local.Value = "the getter's");

        var seen = await container.Work.UseAsync("request", input, _ => Task.FromResult(local.Value));

        Assert.Equal(1, input.Reads);
        Assert.Equal("the caller's", seen);
        Assert.Equal("the caller's", local.Value);
    }

    [Theory, EveryRegistration]
    public async Task Secrets_are_redacted_and_cancellation_tokens_and_progress_are_omitted(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var input = new
        {
            user = "ada",
            password = "1",
            clientSecret = "2",
            apiKey = "3",
            Authorization = "4",
            connectionString = "5",
            token = CancellationToken.None,
            progress = new Progress<int>(),
        };

        await container.Work.UseAsync("request", input, Task.FromResult);

        Assert.Equal(
            """{"user":"ada","password":"[redacted]","clientSecret":"[redacted]","apiKey":"[redacted]","Authorization":"[redacted]","connectionString":"[redacted]"}""",
            Json((await container.TraceAsync()).Root.Inputs["input"]));
    }

    private static string Json(object? captured) => Assert.IsType<JsonElement>(captured).GetRawText();

    private sealed class Acting(Action act)
    {
        private int _reads;

        public int Reads => _reads;

        public int Value
        {
            get
            {
                _reads++;
                act();
                return 1;
            }
        }
    }
}
