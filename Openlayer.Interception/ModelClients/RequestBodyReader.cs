using System.Linq.Expressions;
using System.Text.Json;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.ModelClients;

/// <summary>
/// Reads a request's body by writing it to memory as JSON. The tables name the classes whose instances can be written more than once.
/// The call that writes a body is compiled once for each type. Thread-safe.
/// </summary>
internal static class RequestBodyReader
{
    private static readonly Type[] WriteToParameters = [typeof(Stream), typeof(CancellationToken)];

    private static readonly TypeCache<Action<object, Stream>> Writers = new(Compile);

    /// <summary>The JSON of a body.</summary>
    /// <exception cref="JsonException">The body is not JSON.</exception>
    /// <exception cref="MissingMethodException">The body has no method <c>WriteTo(Stream, CancellationToken)</c>.</exception>
    public static JsonElement Read(object body)
    {
        // The body can be a model of the application.
        DeferredSuppression.Enter();
        using var json = new MemoryStream();
        Writers.Get(body.GetType())(body, json);
        return JsonSerializer.Deserialize<JsonElement>(json.GetBuffer().AsSpan(0, (int)json.Length));
    }

    private static Action<object, Stream> Compile(Type type)
    {
        var write = type.GetMethod("WriteTo", WriteToParameters) ?? throw new MissingMethodException(type.FullName, "WriteTo");
        var body = Expression.Parameter(typeof(object));
        var stream = Expression.Parameter(typeof(Stream));
        var call = Expression.Call(Expression.Convert(body, write.DeclaringType!), write, stream, Expression.Default(typeof(CancellationToken)));
        return Expression.Lambda<Action<object, Stream>>(call, body, stream).Compile();
    }
}
