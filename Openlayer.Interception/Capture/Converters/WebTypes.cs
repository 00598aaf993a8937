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
                    var method = Getter(requestType, "Method");
                    var address = Address(requestType);
                    var status = Getter(current.GetProperty("Response")!.PropertyType, "StatusCode");
                    return new MembersConverter(
                        ("method", context => method(request(context)!)),
                        ("uri", context => address(request(context)!)),
                        ("status", context => status(response(context)!)));
                case $"{Http}HttpRequest":
                    return new MembersConverter(
                        ("method", Getter(current, "Method")),
                        ("uri", Address(current)),
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
    private static Func<object, object?> Address(Type requestType)
    {
        var scheme = Getter(requestType, "Scheme");
        var host = Getter(requestType, "Host");
        var pathBase = Getter(requestType, "PathBase");
        var path = Getter(requestType, "Path");
        var query = Getter(requestType, "QueryString");
        return request =>
        {
            var local = $"{pathBase(request)}{path(request)}";
            return Uri.TryCreate($"{scheme(request)}://{host(request)}{local}{query(request)}", UriKind.Absolute, out var address) ? address
                : local is { Length: > 0 } ? local
                : null;
        };
    }

    private static Func<object, object?> Getter(Type type, string name)
    {
        var property = type.GetProperty(name)!;
        return value => property.GetValue(value, BindingFlags.DoNotWrapExceptions, null, null, null);
    }
}
