using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Openlayer.Interception.Diagnostics;

namespace Openlayer.Interception.Registration;

/// <summary>
/// Applies the options that may change while the application runs, when the configuration is loaded again. All options are made anew, so that
/// code and environment keep their precedence. If that fails, nothing changes. Thread-safe. Does not throw.
/// </summary>
internal sealed class OptionsReload : IDisposable
{
    private readonly IOptionsFactory<OpenlayerOptions> _factory;
    private readonly OpenlayerOptions _options;
    private readonly InternalLog _log;
    private readonly object _gate = new();
    private readonly IDisposable[] _registrations;
    private (bool Enabled, double SamplingRate) _last;

    public OptionsReload(
        IServiceProvider services,
        ConfigurationSource configuration,
        IOptionsFactory<OpenlayerOptions> factory,
        IEnumerable<IOptionsChangeTokenSource<OpenlayerOptions>> sources,
        OpenlayerOptions options,
        InternalLog log)
    {
        _factory = factory;
        _options = options;
        _log = log;
        _last = (options.Enabled, options.SamplingRate);
        var tokens = sources.Select(static source => (Func<IChangeToken>)source.GetChangeToken);
        if (OptionsFromConfiguration.Find(services, configuration) is { } found)
        {
            tokens = tokens.Append(found.GetReloadToken);
        }

        _registrations = [.. tokens.Select(token => ChangeToken.OnChange(token, Apply))];
    }

    public void Dispose() => Array.ForEach(_registrations, static registration => registration.Dispose());

    // An exception that escapes here would end the process: a file that has changed is read on a thread of the pool.
    private void Apply()
    {
        try
        {
            var made = _factory.Create(Microsoft.Extensions.Options.Options.DefaultName);
            lock (_gate)
            {
                // What code has changed since stays, unless the configuration changes it.
                _options.Enabled = made.Enabled == _last.Enabled ? _options.Enabled : made.Enabled;
                _options.SamplingRate = made.SamplingRate.Equals(_last.SamplingRate) ? _options.SamplingRate : made.SamplingRate;
                _last = (made.Enabled, made.SamplingRate);
            }
        }
        catch (ObjectDisposedException)
        {
            // The container was disposed meanwhile.
        }
        catch (OptionsValidationException exception)
        {
            _log.Report(RegistrationEvents.OptionsNotReloaded, cause: exception.Message);
        }
        catch (Exception exception)
        {
            _log.Report(RegistrationEvents.OptionsNotReloaded, exception, cause: "They could not be read.");
        }
    }
}
