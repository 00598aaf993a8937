using System.Reflection;
using System.Text.Json;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.ModelClients.Paths;
using Openlayer.Interception.ModelClients.Shapes;
using Openlayer.Interception.Options;
using Openlayer.Interception.Reflection;
using Openlayer.Interception.Streaming;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.ModelClients;

/// <summary>A client's method that makes requests to a model, and how its requests and responses are read. Thread-safe.</summary>
internal sealed class ModelMethod
{
    // A longer response is written at once, so that no more of it is kept than is recorded.
    private const int MaxDeferredLength = 64 * 1024;

    private readonly ProviderClient _client;
    private readonly MessageReader _messages;
    private readonly TypeCache<ResponseShape> _shapes;

    private ModelMethod(ProviderClient client, ModelOperation operation, MethodInfo method, Dictionary<string, int> positions)
    {
        _client = client;
        Operation = operation;
        _messages = new MessageReader(operation);
        _shapes = ResponseShape.CacheOf(operation);
        Request = new RequestReader(client, operation, new ClientMetadata.Cache(client, method.DeclaringType!.Assembly), positions, _messages);
    }

    public ModelOperation Operation { get; }

    public RequestReader Request { get; }

    /// <summary>Describes a method of a client. Null if the method makes no requests.</summary>
    /// <param name="client">The client that the method belongs to.</param>
    /// <param name="method">The method.</param>
    /// <param name="positions">The positions of the parameters that can be read, by name.</param>
    public static ModelMethod? Of(ProviderClient client, MethodInfo method, Dictionary<string, int> positions) =>
        OperationOf(client, method) is { } operation ? new(client, operation, method, positions) : null;

    /// <summary>What a method of a client does. Null if it makes no requests.</summary>
    public static ModelOperation? OperationOf(ProviderClient client, MethodInfo method) =>
        Array.Find(
            client.Operations,
            operation => (operation.Method is null || operation.Method == method.Name)
                && (operation.RequiredParameter is null || Array.Exists(method.GetParameters(), parameter => parameter.Name == operation.RequiredParameter)));

    /// <summary>Whether a call comes from another overload of a client of the same class, which records the request and the response.</summary>
    public bool IsPartOf(Step? caller) =>
        Operation.DefersToOuterOverload && caller is ModelStep { Client: { } client } && ReferenceEquals(client, _client);

    /// <summary>Whether something else records the request and the response of a call: another overload, or the stream of a session.</summary>
    public bool DefersTo(Step? caller) => Operation.Session is null ? IsPartOf(caller) : SessionResponses.IsSession(caller);

    /// <summary>Creates the reader of a response.</summary>
    /// <param name="arguments">The request's arguments, with the body parsed.</param>
    /// <param name="isDeferred">Whether an outer overload records the response.</param>
    /// <param name="target">The client. Null if unknown.</param>
    /// <param name="capture">Captures the documents of a retrieval.</param>
    /// <param name="limits">How much of the response is kept.</param>
    public ResponseReader CreateResponse(object?[] arguments, bool isDeferred, object? target, ValueCapture capture, CaptureSettings limits) =>
        new(
            Operation,
            _messages,
            _shapes,
            Request.HasResponseFormat(arguments),
            limits,
            capture.Attachments,
            Operation.StepType == StepType.Retriever ? Documents(capture, limits) : null)
        {
            IsDeferred = isDeferred,
            Session = Operation.Session is null ? null : Request.Describe(target),
        };

    /// <summary>Creates the reader of a streamed response, or of those of a session.</summary>
    /// <param name="steps">Opens the steps of a session's responses.</param>
    /// <param name="step">The step of the call that returned the stream.</param>
    /// <param name="response">The reader of the response.</param>
    /// <param name="withOutput">Whether to record the answers of a session.</param>
    public IStreamedResponse CreateStream(StepSource steps, Step step, ResponseReader response, bool withOutput) =>
        response.Session is { } session
            ? new SessionResponses(steps, step, Operation, _messages, _shapes, session, response.IsDeferred, withOutput)
            : new StreamedResponse(response, steps.Log);

    /// <summary>
    /// The raw response: JSON where it is available, else the result itself. Of an embedding, all but the vectors. Never throws.
    /// </summary>
    /// <param name="result">What the method returned.</param>
    /// <param name="response">The reader of the response.</param>
    /// <param name="suppressor">Suppresses tracing while code of the application runs.</param>
    /// <param name="maxBytes">How much of a value is recorded.</param>
    public object? ReadRaw(object result, ResponseReader response, ITraceSuppressor suppressor, int maxBytes)
    {
        using var suppression = DeferredSuppression.Begin(suppressor);
        try
        {
            if (Operation.StepType == StepType.Embedding)
            {
                return response.ToRawOutput();
            }

            var raw = Operation.RawResponse.Read(result);
            if (raw is string text && text.Length <= Math.Min(MaxDeferredLength, maxBytes / sizeof(char)) && DeferredJson.IsLikely(text))
            {
                return new DeferredJson(text, RawResponse.WithoutMedia);
            }

            raw = PropertyReader.Parsed(raw) ?? result;
            return raw is JsonElement json ? RawResponse.WithoutMedia(json) : raw;
        }
        catch (Exception)
        {
            return result;
        }
    }

    /// <summary>Logs, once for each type, that nothing could be read from responses of that type.</summary>
    public static void ReportUnrecognized(Type type, Step step, InternalLog log)
    {
        // An outer layer reads the responses that an inner one passes on.
        if (!step.IsInClientCall)
        {
            log.Report(ModelClientEvents.ResponseShapeUnknown, cause: type);
        }
    }

    private Func<RetrievedDocuments> Documents(ValueCapture capture, CaptureSettings limits) => () => new(Operation, capture, limits);
}
