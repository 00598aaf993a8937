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
}
