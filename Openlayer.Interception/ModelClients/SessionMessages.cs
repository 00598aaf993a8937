using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

/// <summary>
/// The names of the messages in a session's stream: those that start a response of the model, those that end one, and those between. Messages
/// with other names are not read.
/// </summary>
internal sealed record SessionMessages
{
    /// <summary>A message's name; from the message. Where it leads to nothing, the name of the message's class.</summary>
    public ValuePath Name { get; init; } = ValuePath.None;

    /// <summary>The messages that say which model the session uses.</summary>
    public string[] Descriptions { get; init; } = [];

    /// <summary>The model; from such a message.</summary>
    public ValuePath Model { get; init; } = ValuePath.None;

    /// <summary>The messages that add an item to the conversation.</summary>
    public string[] Additions { get; init; } = [];

    /// <summary>The item; from such a message.</summary>
    public ValuePath Item { get; init; } = ValuePath.None;

    /// <summary>The item's id; from the item.</summary>
    public ValuePath ItemId { get; init; } = ValuePath.None;

    /// <summary>The messages with the transcript of an item of audio.</summary>
    public string[] Transcripts { get; init; } = [];

    /// <summary>The transcript; from such a message.</summary>
    public ValuePath Transcript { get; init; } = ValuePath.None;

    /// <summary>The id of the item that is transcribed; from such a message.</summary>
    public ValuePath TranscribedId { get; init; } = ValuePath.None;

    /// <summary>The message that starts a response.</summary>
    public required string Start { get; init; }

    /// <summary>The messages with a part of a response.</summary>
    public string[] Parts { get; init; } = [];

    /// <summary>The message that ends a response.</summary>
    public required string End { get; init; }

    /// <summary>The response; from the messages that start and end one.</summary>
    public ValuePath Response { get; init; } = ValuePath.None;

    /// <summary>The response's id; from the messages that start and end one, or have a part of one.</summary>
    public ValuePath ResponseId { get; init; } = ValuePath.None;

    /// <summary>The messages that report an error of the session.</summary>
    public string[] Errors { get; init; } = [];

    /// <summary>The error's text; from such a message.</summary>
    public ValuePath Error { get; init; } = ValuePath.None;

    /// <summary>The name of a message.</summary>
    public string NameOf(object message) => PropertyReader.Text(Name.Read(message)) ?? message.GetType().Name;
}
