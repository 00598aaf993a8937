using Microsoft.Extensions.Logging;
using Openlayer.Interception.Diagnostics;

namespace Openlayer.Interception.Guardrails;

/// <summary>The log events of guardrails.</summary>
internal static class GuardrailEvents
{
    public static readonly LogEvent GuardrailFailed = Error(800, nameof(GuardrailFailed), "The guardrail {Guardrail} failed. What it should have checked was not checked; calls are blocked if it is required.");
    public static readonly LogEvent GuardrailTimedOut = Error(801, nameof(GuardrailTimedOut), "The guardrail {Guardrail} exceeded its time budget. What it should have checked was not checked; calls are blocked if it is required.");
    public static readonly LogEvent GuardrailsNotRead = Error(802, nameof(GuardrailsNotRead), "The guardrails of {Method} could not be read. Its calls are not checked.");
    public static readonly LogEvent CheckNotRecorded = Error(803, nameof(CheckNotRecorded), "A guardrail's check could not be recorded. The check itself was made.");
    public static readonly LogEvent OutputNotChecked = Error(804, nameof(OutputNotChecked), "Guardrails cannot check what a method returns: {Reason}. It is not checked; calls are blocked if a guardrail is required.");

    private static LogEvent Error(int id, string name, string message) => new(LogEvent.Guardrails, id, name, LogLevel.Error, message);
}
