using Microsoft.Extensions.Logging;
using Openlayer.Interception.Diagnostics;

namespace Openlayer.Interception.ModelClients;

/// <summary>The log events of model clients.</summary>
internal static class ModelClientEvents
{
    public static readonly LogEvent ClientNotProxied =
        Error(200, nameof(ClientNotProxied), "A client that a factory created could not be proxied. Its calls are not traced.");

    public static readonly LogEvent RequestNotRead =
        Error(201, nameof(RequestNotRead), "A request to a model could not be read. Its step has the arguments of the call as inputs.");

    public static readonly LogEvent RequestBodyNotRead = Error(202, nameof(RequestBodyNotRead), "The body of a request to a model could not be read.");
    public static readonly LogEvent PromptNotRead = Error(203, nameof(PromptNotRead), "A prompt could not be read.");
    public static readonly LogEvent ResponseNotRecorded = Error(204, nameof(ResponseNotRecorded), "The response of a model could not be recorded.");

    public static readonly LogEvent ResponseBodyNotObserved =
        Error(205, nameof(ResponseBodyNotObserved), "The body of a response could not be observed. Its step ends when the call returns.");

    public static readonly LogEvent StreamFactoryNotObserved =
        Error(206, nameof(StreamFactoryNotObserved), "A function that creates a stream could not be observed. The step ends when the call returns.");

    public static readonly LogEvent ProviderErrorNotRecorded =
        Error(207, nameof(ProviderErrorNotRecorded), "The details of a provider's error could not be recorded.");

    public static readonly LogEvent ResponseShapeUnknown = new(
        LogEvent.ModelClients,
        208,
        nameof(ResponseShapeUnknown),
        LogLevel.Debug,
        "Responses of type {ResponseType} have no known shape. Their steps have the raw output only.");

    public static readonly LogEvent AttemptsNotCounted =
        Error(209, nameof(AttemptsNotCounted), "The attempts of a request to a model could not be counted.");

    public static readonly LogEvent FunctionNotRecorded = Error(210, nameof(FunctionNotRecorded), "A call of a tool could not be recorded completely.");

    public static readonly LogEvent FunctionsNotObserved =
        Error(211, nameof(FunctionsNotObserved), "The tools that a client calls could not be observed. Their calls are not traced.");

    private static LogEvent Error(int id, string name, string message) => new(LogEvent.ModelClients, id, name, LogLevel.Error, message);
}
