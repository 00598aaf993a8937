using Microsoft.Extensions.Logging;
using Openlayer.Interception.Diagnostics;

namespace Openlayer.Interception.Registration;

/// <summary>The log events of registrations, written when a host starts.</summary>
internal static class RegistrationEvents
{
    public static readonly LogEvent ServiceIntercepted = new(
        LogEvent.Registration, 600, nameof(ServiceIntercepted), LogLevel.Debug, "{Service} is traced.");

    public static readonly LogEvent ServiceNotIntercepted = new(
        LogEvent.Registration, 601, nameof(ServiceNotIntercepted), LogLevel.Debug, "{Service} is selected by a predicate, but is not traced: {Reason}.");

    public static readonly LogEvent RegistrationTracesNothing = new(
        LogEvent.Registration, 602, nameof(RegistrationTracesNothing), LogLevel.Warning, "Intercept({Service}) traces nothing: {Reason}.");

    public static readonly LogEvent NamedInterceptorTracesNothing = new(
        LogEvent.Registration, 603, nameof(NamedInterceptorTracesNothing), LogLevel.Warning, "A registration names OpenlayerInterceptor and traces nothing. {Reason}");

    public static readonly LogEvent OptionsNotReloaded = new(
        LogEvent.Registration, 604, nameof(OptionsNotReloaded), LogLevel.Warning, "The configuration was loaded again, but the options in it are not valid. They stay as they are. {Reason}");
}
