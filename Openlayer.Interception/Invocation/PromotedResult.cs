using System.Collections;
using System.Collections.Specialized;
using System.Reflection;
using System.Text.Json;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Capture.Redaction;
using Openlayer.Interception.Reflection;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Invocation;

/// <summary>The columns that a method's return value has by <see cref="PromoteAttribute"/>: the value itself, or entries of a dictionary.</summary>
internal sealed class PromotedResult
{
    private static readonly TypeCache<EntryReader?> Readers = new(FindReader);

    private readonly PromoteAttribute[] _columns;
    private readonly bool _isRedacted;

    /// <param name="method">The called method.</param>
    /// <param name="implementation">The method that implements it. Its attributes take precedence.</param>
    /// <param name="isRedacted">Whether the return value is redacted. It is then not read.</param>
    public PromotedResult(MethodInfo method, MethodInfo implementation, bool isRedacted)
    {
        PromoteAttribute[] implemented = [.. implementation.ReturnParameter.GetCustomAttributes<PromoteAttribute>(inherit: true)];
        _columns = implemented.Length > 0 ? implemented : [.. method.ReturnParameter.GetCustomAttributes<PromoteAttribute>(inherit: true)];
        _isRedacted = isRedacted;
    }

    public bool IsEmpty => _columns.Length == 0;

    /// <summary>Adds the columns to the trace's row.</summary>
    /// <param name="result">The result.</param>
    /// <param name="tuples">The redacted elements of the tuples in its declared type. Null if there are none.</param>
    /// <param name="trace">The trace.</param>
    /// <param name="steps">Captures the values.</param>
    public void Promote(object result, TupleNames? tuples, OpenlayerTrace trace, StepSource steps)
    {
        foreach (var promoted in _columns)
        {
            Promote(promoted, result, tuples, trace, steps);
        }
    }

    private void Promote(PromoteAttribute promoted, object result, TupleNames? tuples, OpenlayerTrace trace, StepSource steps)
    {
        if (_isRedacted || (result is not bool && steps.Capture.IsRedacted(promoted.Column)))
        {
            trace.SetCapturedColumn(promoted.Column, ValueCapture.Redacted);
            return;
        }

        if (Readers.Get(result.GetType()) is not { } reader)
        {
            trace.SetCapturedColumn(promoted.Column, steps.Capture.CaptureNamed(ValueCapture.OutputName, result, tuples));
            return;
        }

        var key = promoted.Key ?? promoted.Column;
        using var suppression = steps.Ambient.Suppress();
        try
        {
            if (reader.TryRead(result, key, out var value))
            {
                trace.SetCapturedColumn(promoted.Column, steps.Capture.Capture(key, value, tuples));
            }
        }
        catch (Exception exception)
        {
            trace.SetCapturedColumn(promoted.Column, Placeholders.Threw(exception));
        }
    }

    // Null for a type that is not a dictionary.
    private static EntryReader? FindReader(Type type)
    {
        if (type == typeof(JsonElement) || type == typeof(JsonDocument))
        {
            return new JsonReader();
        }

        if (typeof(NameValueCollection).IsAssignableFrom(type))
        {
            return new NamedReader();
        }

        var contracts = type.GetInterfaces();
        var generic = Array.Find(contracts, static contract => contract.ConstructedFrom(typeof(IReadOnlyDictionary<,>)) is not null)
            ?? Array.Find(contracts, static contract => contract.ConstructedFrom(typeof(IDictionary<,>)) is not null);
        return generic is not null
            ? (EntryReader)Activator.CreateInstance(typeof(GenericReader<,>).MakeGenericType(generic.GetGenericArguments()))!
            : typeof(IDictionary).IsAssignableFrom(type) ? new UntypedReader() : null;
    }

    private static bool IsNamed(object? key, string name) =>
        key is string text ? text == name : key is not null && ImmutableScalar.Is(key) && ImmutableScalar.Name(key) == name;

    private abstract class EntryReader
    {
        public abstract bool TryRead(object dictionary, string key, out object? value);
    }

    private sealed class GenericReader<TKey, TValue> : EntryReader
        where TKey : notnull
    {
        public override bool TryRead(object dictionary, string key, out object? value)
        {
            TValue? found = default;
            var isFound = key is TKey typed && dictionary switch
            {
                IReadOnlyDictionary<TKey, TValue> values => values.TryGetValue(typed, out found),
                IDictionary<TKey, TValue> values => values.TryGetValue(typed, out found),
                _ => false,
            };
            if (!isFound && typeof(TKey) != typeof(string))
            {
                // Enums, numbers and ids are keys by their text.
                foreach (var (candidate, item) in (IEnumerable<KeyValuePair<TKey, TValue>>)dictionary)
                {
                    if (IsNamed(candidate, key))
                    {
                        (found, isFound) = (item, true);
                        break;
                    }
                }
            }

            value = found;
            return isFound;
        }
    }

    private sealed class UntypedReader : EntryReader
    {
        public override bool TryRead(object dictionary, string key, out object? value)
        {
            var values = (IDictionary)dictionary;
            var actual = values.Contains(key) ? key : values.Keys.Cast<object?>().FirstOrDefault(candidate => IsNamed(candidate, key));
            value = actual is null ? null : values[actual];
            return actual is not null;
        }
    }

    private sealed class NamedReader : EntryReader
    {
        public override bool TryRead(object dictionary, string key, out object? value)
        {
            value = ((NameValueCollection)dictionary).Get(key);
            return value is not null;
        }
    }

    private sealed class JsonReader : EntryReader
    {
        public override bool TryRead(object dictionary, string key, out object? value)
        {
            var element = dictionary is JsonDocument document ? document.RootElement : (JsonElement)dictionary;
            JsonElement found = default;
            var isFound = element.ValueKind == JsonValueKind.Object && element.TryGetProperty(key, out found);
            value = isFound ? found : null;
            return isFound;
        }
    }
}
