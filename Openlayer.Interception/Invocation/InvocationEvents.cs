using Microsoft.Extensions.Logging;
using Openlayer.Interception.Diagnostics;

namespace Openlayer.Interception.Invocation;

/// <summary>The log events of traced calls.</summary>
internal static class InvocationEvents
{
    public static readonly LogEvent MethodNotRead = Error(100, nameof(MethodNotRead), "{Method} could not be inspected. Its calls are not traced.");
    public static readonly LogEvent InputsNotRecorded = Error(101, nameof(InputsNotRecorded), "The inputs of a call could not be recorded.");
    public static readonly LogEvent OutputNotRecorded = Error(102, nameof(OutputNotRecorded), "The output of a call could not be recorded.");
    public static readonly LogEvent StreamNotWrapped = Error(103, nameof(StreamNotWrapped), "A stream could not be wrapped. Its step ends when the call returns.");
    public static readonly LogEvent CallNotRecorded = Error(104, nameof(CallNotRecorded), "A call could not be recorded. Its trace may be lost.");

    private static LogEvent Error(int id, string name, string message) => new(LogEvent.Invocation, id, name, LogLevel.Error, message);
}
