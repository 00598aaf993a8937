using System.Runtime.CompilerServices;
using Openlayer.Interception.Capture;
using Openlayer.Interception.ModelClients.Paths;
using Openlayer.Interception.ModelClients.Shapes;
using Openlayer.Interception.Reflection;
using Openlayer.Interception.Streaming;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.ModelClients;

/// <summary>
/// The responses of a session, whose messages a stream produces: each response is a step under the step of the stream. Its prompt is what was
/// added to the conversation since the response before. Not thread-safe, like the stream.
/// </summary>
internal sealed class SessionResponses : IStreamedResponse
{
    // The steps of the streams of sessions. Weak, so that it does not keep a trace.
    private static readonly ConditionalWeakTable<Step, object> Sessions = [];

    private readonly StepSource _steps;
    private readonly ModelOperation _operation;
    private readonly SessionClient _client;
    private readonly bool _isDeferred;
    private readonly bool _withOutput;
    private readonly SessionMessages _messages;
    private readonly MessageReader _reader;
    private readonly TypeCache<ResponseShape> _shapes;
    private readonly Dictionary<string, Response> _open = [];
    private List<Added> _added = [];
    private int _addedCount;
    private string? _model;
    private Step? _last;

    /// <param name="steps">Opens the steps.</param>
    /// <param name="stream">The step of the stream. Null if it is not known yet.</param>
    /// <param name="operation">Where to find the values.</param>
    /// <param name="reader">Reads the items of the conversation.</param>
    /// <param name="shapes">How the values of the responses are read.</param>
    /// <param name="client">What is known of the client.</param>
    /// <param name="isDeferred">Whether the stream around this one records the responses.</param>
    /// <param name="withOutput">Whether to record the answers.</param>
    public SessionResponses(
        StepSource steps,
        Step? stream,
        ModelOperation operation,
        MessageReader reader,
        TypeCache<ResponseShape> shapes,
        SessionClient client,
        bool isDeferred,
        bool withOutput)
    {
        _steps = steps;
        _operation = operation;
        _messages = operation.Session!;
        _reader = reader;
        _shapes = shapes;
        _client = client;
        _model = client.Model;
        _isDeferred = isDeferred;
        _withOutput = withOutput;
        if (stream is not null)
        {
            Sessions.TryAdd(stream, client);
        }
    }

    /// <summary>Whether a step is that of a session's stream.</summary>
    public static bool IsSession(Step? step) => step is not null && Sessions.TryGetValue(step, out _);

    // The messages themselves, which can hold audio, are not recorded.
    public bool HasContent => true;

    public bool CanBeEmpty => false;

    public bool Add(object item, Step step)
    {
        if (_isDeferred)
        {
            return false;
        }

        try
        {
            Read(item, step);
        }
        catch (Exception exception)
        {
            _steps.Log.Report(ModelClientEvents.ResponseNotRecorded, exception);
        }

        return false;
    }

    public void RecordTo(Step step, Type itemType, bool withOutput)
    {
        foreach (var response in _open.Values)
        {
            response.Step.Metadata["streamEnded"] = "still open";
            Record(response, response.Parts);
        }

        _open.Clear();
        if (_last is { HasOutput: true })
        {
            step.SetCapturedOutput(_last.CapturedOutput);
        }

        _last = null;
    }

    public void RecordFailure(Step step, Exception exception) => ProviderError.Record(step, exception, _steps.Log);

    public IStreamedResponse ForNextEnumeration() => new SessionResponses(_steps, stream: null, _operation, _reader, _shapes, _client, _isDeferred, _withOutput);

    private void Read(object message, Step session)
    {
        var name = _messages.NameOf(message);
        if (name == _messages.Start)
        {
            Begin(message, session);
        }
        else if (name == _messages.End)
        {
            End(message, session);
        }
        else if (Has(_messages.Parts))
        {
            if (Find(message) is { } response && response.Parts.Add(message))
            {
                response.Step.Metadata.TryAdd(ModelStep.TimeToFirstToken, response.Step.Latency.TotalMilliseconds);
            }
        }
        else if (Has(_messages.Additions))
        {
            AddItem(_messages.Item.Read(message));
        }
        else if (Has(_messages.Transcripts))
        {
            Transcribe(message);
        }
        else if (Has(_messages.Errors))
        {
            session.Metadata["error"] = PropertyReader.Text(_messages.Error.Read(message));
        }

        if (Has(_messages.Descriptions))
        {
            _model = PropertyReader.Text(_messages.Model.Read(message)) ?? _model;
        }

        bool Has(string[] names) => Array.IndexOf(names, name) >= 0;
    }

    private void Begin(object message, Step session)
    {
        var provider = _client.Provider;
        var name = provider.StepName(StepType.ChatCompletion, _operation.ResponseNoun);
        _steps.Open(session.Context, name, StepType.ChatCompletion, isCall: false, out var step);
        if (step is not ModelStep request)
        {
            return;
        }

        request.Client = _client;
        request.ClientCall = name;
        request.Provider = provider.Provider;
        request.Model = _model;
        var key = IdOf(message) ?? "";
        _open[key] = new Response(key, request, _added, _addedCount, NewReader());
        _added = [];
        _addedCount = 0;
    }

    private void End(object message, Step session)
    {
        if (Find(message) is null)
        {
            // The stream was opened while the model responded.
            Begin(message, session);
        }

        if (Find(message) is not { } response)
        {
            return;
        }

        var final = _messages.Response.Read(message) ?? message;
        var whole = NewReader();
        whole.Add(final);
        if (!whole.HasContent)
        {
            // The parts are all that there is of the answer.
            response.Parts.Add(final);
            whole = response.Parts;
        }

        // Only now: a response that cannot be read ends with the stream.
        _open.Remove(response.Key);
        Record(response, whole);
    }

    private void Record(Response response, ResponseReader reader)
    {
        var step = response.Step;
        try
        {
            if (response.AddedCount > 0 && _steps.Settings.Capture.Inputs)
            {
                var messages = response.Added.Select(static added => (object?)added.Message).ToArray();
                step.Inputs["prompt"] = response.AddedCount > messages.Length
                    ? Placeholders.Beginning(messages, messages.Length, response.AddedCount)
                    : messages;
            }

            reader.WriteTo(step, _withOutput);
            if (_withOutput)
            {
                step.RawOutput = reader.ToRawOutput();
            }
        }
        catch (Exception exception)
        {
            _steps.Log.Report(ModelClientEvents.ResponseNotRecorded, exception);
        }
        finally
        {
            _last = step;
            step.End();
        }
    }

    private void AddItem(object? item)
    {
        // What the model said is the output of its response.
        if (item is null
            || _reader.Prompt(new[] { item }, instructions: null, _steps.Settings.Capture.MaxItems) is not [RecordedMessage message]
            || message.Role == "assistant")
        {
            return;
        }

        // An item is added and then completed.
        var id = PropertyReader.Text(_messages.ItemId.Read(item));
        if (id is not null && _added.Find(added => added.Id == id) is { } before)
        {
            before.Message = message.Content is null ? before.Message : message;
        }
        else if (_addedCount++ < _steps.Settings.Capture.MaxItems)
        {
            _added.Add(new Added(id, message));
        }
    }

    private void Transcribe(object message)
    {
        if (PropertyReader.Text(_messages.TranscribedId.Read(message)) is not { } id || PropertyReader.Text(_messages.Transcript.Read(message)) is not { } transcript)
        {
            return;
        }

        // The transcript can follow after the response to it has started.
        var audio = _added.Concat(_open.Values.SelectMany(static response => response.Added)).FirstOrDefault(added => added.Id == id);
        if (audio is not null)
        {
            audio.Message = new RecordedMessage(audio.Message.Role, transcript, audio.Message.Fields);
        }
    }

    private Response? Find(object message)
    {
        var id = IdOf(message);
        return _open.GetValueOrDefault(id ?? "") ?? (id is null ? _open.Values.LastOrDefault() : null);
    }

    private string? IdOf(object message) => PropertyReader.Text(_messages.ResponseId.Read(message));

    private ResponseReader NewReader() => new(_operation, _reader, _shapes, isFormatted: false, _steps.Settings.Capture, _steps.Capture.Attachments);

    /// <summary>An item of the conversation.</summary>
    private sealed class Added(string? id, RecordedMessage message)
    {
        public string? Id => id;

        public RecordedMessage Message { get; set; } = message;
    }

    private sealed class Response(string key, ModelStep step, List<Added> added, int addedCount, ResponseReader parts)
    {
        /// <summary>Its id. Empty if it has none.</summary>
        public string Key => key;

        public ModelStep Step => step;

        /// <summary>What was added to the conversation before, as far as it is kept.</summary>
        public List<Added> Added => added;

        /// <summary>The number of all that was added.</summary>
        public int AddedCount => addedCount;

        /// <summary>What the parts said so far.</summary>
        public ResponseReader Parts => parts;
    }
}
