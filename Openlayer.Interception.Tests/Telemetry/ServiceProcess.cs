using System.Text.RegularExpressions;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Telemetry;

/// <summary>A traced service as a process on a free port.</summary>
/// <param name="name">Its name.</param>
/// <param name="spans">The receiver of its spans.</param>
/// <param name="rows">The receiver of its rows.</param>
/// <param name="search">The service that it calls, if it calls one.</param>
internal sealed partial class ServiceProcess(string name, Uri spans, string rows, Uri? search = null) : IDisposable
{
    private readonly ListeningProcess _process =
        new(Repository.PathOf("Service"), [name, $"{spans}", rows, .. search is null ? [] : new[] { $"{search}" }]);

    /// <summary>Where it listens, as soon as it does.</summary>
    public Task<Uri> Address => _process.AddressAsync(Listening());

    public void Dispose() => _process.Dispose();

    [GeneratedRegex("^Listening on (.+)$")]
    private static partial Regex Listening();
}
