using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Openlayer.Interception.ModelClients;

/// <summary>
/// Request bodies that write themselves to a stream as JSON. Which classes can do so twice, and so can be read before they are sent, the
/// tables say. What writes is compiled once for each type.
/// </summary>
internal static class RequestBodyReader
{
    private static readonly Type[] Parameters = [typeof(Stream), typeof(CancellationToken)];

    // Weak in its keys, so that collectible assemblies stay collectible.
    private static readonly ConditionalWeakTable<Type, Action<object, Stream>> Writers = [];

    /// <summary>The JSON that a body consists of. Throws where it is none.</summary>
    public static JsonElement Read(object body)
    {
        using var json = new MemoryStream();
        Writers.GetValue(body.GetType(), Compile)(body, json);
        return JsonSerializer.Deserialize<JsonElement>(json.GetBuffer().AsSpan(0, (int)json.Length));
    }

    private static Action<object, Stream> Compile(Type type)
    {
        // As its base class declares it: the class itself may be one that only its assembly sees.
        var write = type.GetMethod("WriteTo", Parameters)?.GetBaseDefinition() ?? throw new MissingMethodException(type.FullName, "WriteTo");
        var body = Expression.Parameter(typeof(object));
        var stream = Expression.Parameter(typeof(Stream));
        var call = Expression.Call(Expression.Convert(body, write.DeclaringType!), write, stream, Expression.Default(typeof(CancellationToken)));
        return Expression.Lambda<Action<object, Stream>>(call, body, stream).Compile();
    }
}
