using System.Reflection;
using System.Text.Json;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Capture.Attachments;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.ModelClients.Paths;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.ModelClients;

/// <summary>A client's method that makes requests to a model, and how its requests and responses are read. Thread-safe.</summary>
internal sealed class ModelMethod
{
    private readonly ProviderClient _client;

    private ModelMethod(ProviderClient client, ModelOperation operation, MethodInfo method, Dictionary<string, int> positions)
    {
        _client = client;
        Operation = operation;
        Request = new RequestReader(client, operation, new ClientMetadata.Cache(client, method.DeclaringType!.Assembly), positions);
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

    /// <summary>Whether a call comes from another overload of the same client, which records the request and the response.</summary>
    public bool DefersTo(Step? caller) =>
        Operation.DefersToOuterOverload && caller is ModelStep { Client: { } client } && ReferenceEquals(client, _client);

    /// <summary>Creates the reader of a response.</summary>
    /// <param name="arguments">The request's arguments, with the body parsed.</param>
    /// <param name="isDeferred">Whether an outer overload records the response.</param>
    /// <param name="limits">How much of the response is kept.</param>
    /// <param name="attachments">Keeps media in the response that will be uploaded.</param>
    public ResponseReader CreateResponse(object?[] arguments, bool isDeferred, CaptureSettings limits, AttachmentStore attachments) =>
        new(Operation, Request.HasResponseFormat(arguments), limits, attachments) { IsDeferred = isDeferred };

    /// <summary>
    /// The raw response: JSON where it is available, else the result itself. Of an embedding, all but the vectors. Never throws.
    /// </summary>
    public object? ReadRaw(object result, ResponseReader response, ITraceSuppressor suppressor)
    {
        using var suppression = DeferredSuppression.Begin(suppressor);
        try
        {
            if (Operation.StepType == StepType.Embedding)
            {
                return response.ToRawOutput();
            }

            var raw = PropertyReader.Parsed(Operation.RawResponse.Read(result)) ?? result;
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
}
