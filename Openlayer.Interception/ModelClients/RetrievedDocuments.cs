using System.Text.Json;
using Openlayer.Interception.Capture;
using Openlayer.Interception.ModelClients.Paths;
using Openlayer.Interception.Options;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.ModelClients;

/// <summary>The documents of a retrieval, with their scores, in the order in which they were produced. Not thread-safe.</summary>
/// <param name="operation">Where to find the values.</param>
/// <param name="capture">Captures each document when it is produced.</param>
/// <param name="limits">How many documents are kept.</param>
internal sealed class RetrievedDocuments(ModelOperation operation, ValueCapture capture, CaptureSettings limits)
{
    private static readonly ValuePath Dimensions = new("Dimensions");

    private readonly CapturedItems _kept = new(limits.MaxBytes);
    private int _count;

    /// <summary>Whether a response was read, even if it had no documents.</summary>
    public bool WasRead { get; private set; }

    /// <summary>What is searched for. A vector, which says nothing to a reader, is recorded by the number of its dimensions.</summary>
    public static object? Query(object? query) => query switch
    {
        null or string => query,
        _ when IsVector(query.GetType()) && PropertyReader.Read(query, "Length") is int dimensions => new { dimensions },
        _ when Dimensions.Read(query) is int dimensions => new { dimensions },
        _ => query,
    };

    /// <summary>Adds the documents of a response, or of an item of a streamed one. Returns whether there are any.</summary>
    public bool Add(object response)
    {
        var before = _count;
        if (operation.Documents.Read(response) is { } found)
        {
            WasRead = true;
            foreach (var document in ContentSequence.Parts(found))
            {
                // A document after one that is not kept is only counted.
                var isKept = _kept.Count == _count && _count < limits.MaxItems;
                _count++;
                if (isKept)
                {
                    _kept.TryAdd(capture.Capture(Recorded(document)));
                }
            }
        }

        return _count > before;
    }

    /// <summary>The captured form of the documents so far.</summary>
    public CapturedJson ToCaptured() => capture.CaptureItems(_kept.ToArray(_count));

    private static bool IsVector(Type type) =>
        (type.IsArray ? type.GetElementType()! : type.IsConstructedFrom(typeof(ReadOnlyMemory<>)) ? type.GetGenericArguments()[0] : typeof(object)) is { IsPrimitive: true } or { Name: "Half" };

    private Dictionary<string, object?> Recorded(object document)
    {
        var recorded = new Dictionary<string, object?>();
        foreach (var (name, path) in operation.DocumentFields)
        {
            if (path.Read(document) is { } value)
            {
                recorded[name] = value;
            }
        }

        if (operation.DocumentAnnotations is { } start && document is JsonElement { ValueKind: JsonValueKind.Object } json)
        {
            var content = new Dictionary<string, JsonElement>();
            recorded["document"] = content;
            foreach (var field in json.EnumerateObject())
            {
                if (field.Name.StartsWith(start, StringComparison.Ordinal))
                {
                    recorded[field.Name[start.Length..]] = field.Value;
                }
                else
                {
                    content[field.Name] = field.Value;
                }
            }
        }

        return recorded;
    }
}
