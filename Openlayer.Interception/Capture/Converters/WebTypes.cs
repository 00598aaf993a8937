using System.Reflection;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>
/// Types of ASP.NET Core, known by their names: requests, responses and what they consist of. Neither a body nor a form is read, and nothing
/// is created that a context creates on first use.
/// </summary>
internal static class WebTypes
{
    private const string Http = "Microsoft.AspNetCore.Http.";

    /// <summary>The converter of a type. Null if it is not one of these types.</summary>
    public static SnapshotConverter? Find(Type type)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            switch (current.FullName)
            {
                case $"{Http}HttpContext":
                    var request = Getter(current, "Request");
                    var response = Getter(current, "Response");
                    var requestType = current.GetProperty("Request")!.PropertyType;
                    var status = Getter(current.GetProperty("Response")!.PropertyType, "StatusCode");
                    return new MembersConverter(
                        ("method", context => Getter(requestType, "Method")(request(context)!)),
                        ("uri", context => Address(requestType, request(context)!)),
                        ("status", context => status(response(context)!)));
                case $"{Http}HttpRequest":
                    return new MembersConverter(
                        ("method", Getter(current, "Method")),
                        ("uri", value => Address(current, value)),
                        ("contentType", Getter(current, "ContentType")),
                        ("length", Getter(current, "ContentLength")));
                case $"{Http}HttpResponse":
                    return new MembersConverter(
                        ("status", Getter(current, "StatusCode")),
                        ("contentType", Getter(current, "ContentType")),
                        ("length", Getter(current, "ContentLength")));
            }
        }

        if (Interface(type, $"{Http}IFormFile") is { } file)
        {
            return new MembersConverter(
                ("name", Getter(file, "Name")),
                ("fileName", Getter(file, "FileName")),
                ("contentType", Getter(file, "ContentType")),
                ("length", Getter(file, "Length")));
        }

        if ((Interface(type, $"{Http}IFormCollection") ?? Interface(type, $"{Http}IQueryCollection")) is not null
            && type.GetInterfaces().FirstOrDefault(static contract => contract.IsConstructedGenericType
                && contract.GetGenericTypeDefinition() == typeof(IEnumerable<>)
                && contract.GenericTypeArguments[0] is { IsConstructedGenericType: true } pair
                && pair.GetGenericTypeDefinition() == typeof(KeyValuePair<,>)) is { } entries)
        {
            return KnownConverters.Dictionary(entries.GenericTypeArguments[0].GenericTypeArguments, converter: null);
        }

        return type.FullName == "Microsoft.Extensions.Primitives.StringValues"
            ? new DelegateConverter(static (writer, value) => WriteValues(writer, (IReadOnlyList<string?>)value))
            : null;
    }

    private static void WriteValues(SnapshotWriter writer, IReadOnlyList<string?> values)
    {
        if (values.Count <= 1)
        {
            writer.Write(values.Count == 0 ? "" : values[0]);
        }
        else
        {
            writer.Write(values.ToArray());
        }
    }

    private static Type? Interface(Type type, string name) =>
        type.FullName == name ? type : Array.Find(type.GetInterfaces(), contract => contract.FullName == name);

    // As text: a request's parts need not form a valid address.
    private static object? Address(Type type, object request)
    {
        var text = $"{Text("Scheme")}://{Text("Host")}{Text("PathBase")}{Text("Path")}{Text("QueryString")}";
        return Uri.TryCreate(text, UriKind.Absolute, out var address) ? address
            : $"{Text("PathBase")}{Text("Path")}" is { Length: > 0 } path ? path
            : null;

        string? Text(string name) => Getter(type, name)(request)?.ToString();
    }

    private static Func<object, object?> Getter(Type type, string name)
    {
        var property = type.GetProperty(name)!;
        return value => property.GetValue(value, BindingFlags.DoNotWrapExceptions, null, null, null);
    }
}
