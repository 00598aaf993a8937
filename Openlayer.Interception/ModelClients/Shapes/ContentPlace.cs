using System.Collections;
using System.Runtime.CompilerServices;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.ModelClients.Shapes;

/// <summary>One of the places in which messages of a type have content. Thread-safe.</summary>
/// <param name="read">Reads the content: a part, or a list of parts.</param>
/// <param name="parts">How the parts are read.</param>
internal sealed class ContentPlace(Func<object, object?> read, TypeCache<PartShape> parts)
{
    private readonly LastType<SequenceShape> _sequences = new(SequenceShape.Cache);
    private readonly LastType<PartShape> _parts = new(parts);

    /// <summary>Adds the parts of a message's content, in order.</summary>
    /// <param name="message">The message.</param>
    /// <param name="found">The list to which the parts are added.</param>
    /// <param name="max">The maximum number of parts of the message that are added. Those after them are only counted.</param>
    /// <param name="count">Is increased by the number of all parts.</param>
    public void AddParts(object message, List<FoundPart> found, int max, ref int count)
    {
        if (read(message) is not { } content)
        {
            return;
        }

        var sequence = _sequences.Get(content.GetType());
        switch (sequence.Access)
        {
            case SequenceAccess.Single:
                AddPart(message, content, found, max, ref count);
                break;
            case SequenceAccess.List:
                sequence.BeginReading();
                var list = Unsafe.As<IList>(content);
                for (var index = 0; index < list.Count; index++)
                {
                    AddPart(message, list[index], found, max, ref count);
                }

                break;
            case SequenceAccess.ReadOnlyList:
                sequence.BeginReading();
                var readOnlyList = Unsafe.As<IReadOnlyList<object?>>(content);
                for (var index = 0; index < readOnlyList.Count; index++)
                {
                    AddPart(message, readOnlyList[index], found, max, ref count);
                }

                break;
            default:
                foreach (var part in ContentSequence.Parts(content))
                {
                    AddPart(message, part, found, max, ref count);
                }

                break;
        }
    }

    private void AddPart(object message, object? part, List<FoundPart> found, int max, ref int count)
    {
        if (part is null)
        {
            return;
        }

        if (part is string)
        {
            FoundPart.Add(new(part), found, max, ref count);
            return;
        }

        var shape = _parts.Get(part.GetType());
        var mapping = shape.Find(part);
        if (mapping is { Kind: ContentKind.Group })
        {
            foreach (var member in ContentSequence.Parts(mapping.Fields[0].Read?.Invoke(part)))
            {
                FoundPart.Add(new(member), found, max, ref count);
            }
        }
        else if (mapping is not null || !ReferenceEquals(part, message))
        {
            FoundPart.Add(new(part, shape.WrappedValue is null ? mapping : null), found, max, ref count);
        }
    }
}
