using System.Security.Claims;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Capture;

/// <summary>
/// Runs a capture once in the process, in the background, so that the first calls do not wait until its code is compiled. Thread-safe.
/// </summary>
internal static class CaptureWarmUp
{
    private static int _isStarted;

    /// <summary>Starts the capture. Does nothing if it was started.</summary>
    public static void Start()
    {
        if (Interlocked.Exchange(ref _isStarted, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static _ => Run(), null);
        }
    }

    private static void Run()
    {
        try
        {
            var capture = new ValueCapture(new CaptureSettings(new CaptureOptions()), suppressor: null);
            capture.Capture(new Sample());
        }
        catch (Exception)
        {
            // The first call compiles the code.
        }
    }

    // Each property leads to code of its own.
    private sealed class Sample
    {
        public Uri Address { get; set; } = new("https://localhost/path?name=value");

        public Dictionary<string, object> Entries { get; set; } = new() { ["name"] = "value", ["number"] = 1 };

        public string Json { get; set; } = """{"name":"value","items":[1,2]}""";

        public ClaimsPrincipal User { get; set; } = new(new ClaimsIdentity([new Claim("name", "value")]));

        public List<object> Items { get; set; } = [new { Name = "value", Number = 1.5 }];

        public string Computed => string.Concat(Json, " ", Json);

        public Numbered Record { get; set; } = new(1, 2, 1.5, 1.5m, true, Guid.Empty, DateTime.UnixEpoch, DateTimeOffset.UnixEpoch, null);
    }

    // The JSON serializer has code for each of these types, and for constructors of more than four parameters.
    private sealed record Numbered(
        int Number, long Large, double Fraction, decimal Amount, bool IsSet, Guid Id, DateTime Local, DateTimeOffset Time, int? Optional);
}
