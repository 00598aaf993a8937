using Microsoft.Extensions.Logging;

namespace Openlayer.Interception.Diagnostics;

/// <summary>
/// A message of the library's own log. Each area lists its events in a class of its own; docs/logging.md describes all of them. Ids are never
/// reused.
/// </summary>
/// <param name="Category">The logger's category: one of <see cref="Categories"/>.</param>
/// <param name="Id">The event id.</param>
/// <param name="Name">The event's name.</param>
/// <param name="Level">The log level.</param>
/// <param name="Message">The message template: what happened, and the effect on the application's traces.</param>
internal sealed record LogEvent(string Category, int Id, string Name, LogLevel Level, string Message)
{
    public const string Registration = "Openlayer.Interception.Registration";
    public const string Invocation = "Openlayer.Interception.Invocation";
    public const string Guardrails = "Openlayer.Interception.Guardrails";
    public const string ModelClients = "Openlayer.Interception.ModelClients";
    public const string Publishing = "Openlayer.Interception.Publishing";
    public const string Delivery = "Openlayer.Interception.Delivery";
    public const string Buffer = "Openlayer.Interception.Buffer";

    public const string Telemetry = "Openlayer.Interception.Telemetry";

    public static readonly string[] Categories = [Registration, Invocation, Guardrails, ModelClients, Publishing, Delivery, Buffer, Telemetry];

    public EventId EventId { get; } = new(Id, Name);
}
