using System.Collections;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Guardrails.PersonalData;

/// <summary>
/// Replaces the texts in a value: in strings, collections, JSON, tuples, and public properties and fields of objects. What changes is a copy,
/// and so is everything that leads to it; the value itself is not modified. What cannot be replaced is reported.
/// </summary>
/// <param name="check">Counts what is found.</param>
/// <param name="redact">Returns what takes the place of a text; the same instance if nothing does.</param>
internal sealed class ValueRewriter(PersonalDataCheck check, ValueRewriter.TextRedactor redact)
{
    private const int MaxDepth = 32;
    private const int MaxObjects = 100_000;

    private static readonly TypeCache<bool> Collections = new(UnreadTypes.IsCollection);

    private static readonly object InProgress = new();

    // By reference, so that an object is copied once wherever it stands.
    private readonly Dictionary<object, object?> _rewritten = new(ReferenceEqualityComparer.Instance);

    // What refers to itself, directly or not. A copy of it would refer to the original.
    private readonly HashSet<object> _cyclic = new(ReferenceEqualityComparer.Instance);

    private int _depth;
    private int _objects;

    /// <param name="text">The text.</param>
    /// <param name="label">The name under which it stands.</param>
    /// <param name="canReplace">Whether another text can be put there.</param>
    public delegate string TextRedactor(string text, string label, bool canReplace);

    /// <summary>The value with other texts. The same instance if none changes.</summary>
    /// <param name="value">The value.</param>
    /// <param name="label">The name under which it stands. Empty if it has none.</param>
    public object? Rewrite(object? value, string label)
    {
        switch (value)
        {
            case null:
                return null;
            case string text:
                return redact(text, label, canReplace: true);
            case char[] characters:
                return Changed(new string(characters), label)?.ToCharArray() ?? value;
            case ReadOnlyMemory<char> memory:
                return Changed(memory.ToString(), label) is { } changed ? changed.AsMemory() : value;
            case Memory<char> memory:
                return Changed(memory.ToString(), label) is { } replaced ? replaced.ToCharArray().AsMemory() : value;
            case StringBuilder builder:
                return Changed(builder.ToString(), label) is { } built ? new StringBuilder(built) : value;
            case Uri address:
                Inspect(address.OriginalString, label);
                return value;
            case JsonElement element:
                return Changed(element, label) is { } json ? JsonSerializer.SerializeToElement(json) : value;
            case JsonDocument document:
                return Changed(document.RootElement, label) is { } root ? JsonSerializer.SerializeToDocument(root) : value;
            case JsonNode node:
                return Changed(node, label) ?? value;
        }

        var type = value.GetType();
        if (ObjectMembers.IsTextless(type))
        {
            return value;
        }

        if (type.IsValueType)
        {
            return RewriteContent(value, type, label);
        }

        if (_rewritten.TryGetValue(value, out var known))
        {
            if (known != InProgress)
            {
                return known;
            }

            _cyclic.Add(value);
            return value;
        }

        var before = check.Snapshot();
        _rewritten[value] = InProgress;
        var rewritten = RewriteContent(value, type, label);
        if (_cyclic.Contains(value) && !IsSame(value, rewritten))
        {
            check.MarkUnmodifiable(before);
        }

        return _rewritten[value] = rewritten;
    }

    private object? RewriteContent(object value, Type type, string label)
    {
        if (_depth == MaxDepth || ++_objects > MaxObjects)
        {
            check.MarkIncomplete();
            return value;
        }

        _depth++;
        try
        {
            return value switch
            {
                IEnumerable items => Collections.Get(type) ? RewriteItems(items, type, label) : value,
                ITuple when type.IsOfFramework() => RewriteTuple(value, type, label),
                DictionaryEntry entry => RewriteEntry(entry, value),
                _ when type.IsConstructedFrom(typeof(KeyValuePair<,>)) => RewritePair(value, type),
                _ when type.IsOfFramework() || type.IsOfHosting() => value,
                _ => RewriteMembers(value, type),
            };
        }
        finally
        {
            _depth--;
        }
    }

    // Null if nothing changes.
    private string? Changed(string text, string label) => redact(text, label, canReplace: true) is var changed && ReferenceEquals(changed, text) ? null : changed;

    private void Inspect(string text, string label)
    {
        var before = check.Snapshot();
        if (!ReferenceEquals(redact(text, label, canReplace: false), text))
        {
            check.MarkUnmodifiable(before);
        }
    }

    private object RewriteItems(IEnumerable collection, Type type, string label)
    {
        var before = check.Snapshot();
        var items = new List<object?>();
        var isChanged = false;
        foreach (var item in collection)
        {
            var rewritten = Rewrite(item, label);
            isChanged |= !IsSame(item, rewritten);
            items.Add(rewritten);
        }

        var copy = isChanged ? CollectionCopies.With(collection, items) : collection;
        if (copy is null)
        {
            check.MarkUnmodifiable(before);
        }

        if (!type.IsArray && !type.IsOfFramework() && !type.IsCompilerGenerated())
        {
            InspectProperties(copy ?? collection, type);
        }

        return copy ?? collection;
    }

    // What a collection of the application has besides its items.
    private void InspectProperties(object collection, Type type)
    {
        foreach (var member in ObjectMembers.Of(type).Members)
        {
            if (member.Set is not null || member.IsText)
            {
                var before = check.Snapshot();
                InspectMember(Read(member, collection), member.Name, before);
            }
        }
    }

    private object RewriteEntry(DictionaryEntry entry, object boxed)
    {
        var rewritten = Rewrite(entry.Value, LabelOf(entry.Key));
        return IsSame(entry.Value, rewritten) ? boxed : new DictionaryEntry(entry.Key, rewritten);
    }

    private object RewritePair(object pair, Type type)
    {
        var key = type.GetProperty("Key")!.GetValue(pair);
        var label = LabelOf(key);
        var value = type.GetProperty("Value")!.GetValue(pair);
        var rewritten = Rewrite(value, label);
        return IsSame(value, rewritten) ? pair : Activator.CreateInstance(type, key, rewritten)!;
    }

    // A key cannot be replaced: two keys could become equal.
    private string LabelOf(object? key)
    {
        if (key is not string label)
        {
            return "";
        }

        Inspect(label, "");
        return label;
    }

    private object RewriteTuple(object tuple, Type type, string label)
    {
        var isChanged = false;
        if (type.IsValueType)
        {
            var copy = RuntimeHelpers.GetObjectValue(tuple);
            foreach (var field in type.GetFields())
            {
                var value = field.GetValue(copy);
                var rewritten = Rewrite(value, label);
                if (!IsSame(value, rewritten))
                {
                    isChanged = true;
                    field.SetValue(copy, rewritten);
                }
            }

            return isChanged ? copy : tuple;
        }

        var properties = type.GetProperties().Where(static property => property.GetIndexParameters().Length == 0).ToArray();
        var items = new object?[properties.Length];
        for (var index = 0; index < items.Length; index++)
        {
            var value = properties[index].GetValue(tuple);
            items[index] = Rewrite(value, label);
            isChanged |= !IsSame(value, items[index]);
        }

        return isChanged ? Activator.CreateInstance(type, items)! : tuple;
    }

    private object RewriteMembers(object value, Type type)
    {
        var members = ObjectMembers.Of(type);
        object? copy = null;
        foreach (var member in members.Members)
        {
            if (member.IsOriginal)
            {
                continue;
            }

            var before = check.Snapshot();
            var current = Read(member, copy ?? value);
            if (member.Set is null)
            {
                InspectMember(current, member.Name, before);
                continue;
            }

            var rewritten = Rewrite(current, member.Name);
            if (IsSame(current, rewritten))
            {
                continue;
            }

            if (!members.CanCopy || !TrySet(member, copy ??= members.Copy(value), rewritten))
            {
                check.MarkUnmodifiable(before);
            }
        }

        if (copy is not null)
        {
            ForgetOriginal(members, copy);
        }

        return copy ?? value;
    }

    // A property that is computed from others has the new text already.
    private void InspectMember(object? value, string label, int[] before)
    {
        if (value is string text)
        {
            Inspect(text, label);
        }
        else if (!IsSame(value, Rewrite(value, label)))
        {
            check.MarkUnmodifiable(before);
        }
    }

    private void ForgetOriginal(ObjectMembers members, object copy)
    {
        foreach (var member in members.Members)
        {
            if (member is { IsOriginal: true, Set: not null } && !TrySet(member, copy, null))
            {
                check.MarkIncomplete();
            }
        }
    }

    // A getter that throws has no text.
    private static object? Read(ObjectMembers.Member member, object value)
    {
        try
        {
            return member.Get(value);
        }
        catch (Exception)
        {
            return null;
        }
    }

    private static bool TrySet(ObjectMembers.Member member, object copy, object? value)
    {
        try
        {
            member.Set!(copy, value);
            return true;
        }
        catch (Exception)
        {
            // The setter does not accept the token.
            return false;
        }
    }

    private JsonNode? Changed(JsonElement element, string label) =>
        element.ValueKind is JsonValueKind.String or JsonValueKind.Array or JsonValueKind.Object ? Changed(JsonSerializer.SerializeToNode(element)!, label) : null;

    // Null if nothing changes.
    private JsonNode? Changed(JsonNode node, string label)
    {
        switch (node)
        {
            case JsonValue value:
                return value.TryGetValue<string>(out var text) && Changed(text, label) is { } changed ? JsonValue.Create(changed) : null;
            case JsonArray array:
                JsonArray? items = null;
                for (var index = 0; index < array.Count; index++)
                {
                    if (array[index] is { } item && Changed(item, label) is { } rewritten)
                    {
                        items ??= (JsonArray)array.DeepClone();
                        items[index] = rewritten;
                    }
                }

                return items;
            default:
                JsonObject? properties = null;
                foreach (var (name, property) in (JsonObject)node)
                {
                    Inspect(name, "");
                    if (property is not null && Changed(property, name) is { } rewritten)
                    {
                        properties ??= (JsonObject)node.DeepClone();
                        properties[name] = rewritten;
                    }
                }

                return properties;
        }
    }

    // A boxed value is another box if it changes.
    private static bool IsSame(object? one, object? other) => ReferenceEquals(one, other);
}
