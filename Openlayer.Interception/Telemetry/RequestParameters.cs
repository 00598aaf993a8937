namespace Openlayer.Interception.Telemetry;

/// <summary>The parameters of a request, by their attributes on spans and their names on the wire.</summary>
internal static class RequestParameters
{
    // The first name is the one that steps have.
    private static readonly (string Attribute, string[] Names)[] Known =
    [
        ("gen_ai.request.temperature", ["temperature"]),
        ("gen_ai.request.top_p", ["top_p"]),
        ("gen_ai.request.top_k", ["top_k"]),
        ("gen_ai.request.max_tokens", ["max_tokens", "max_completion_tokens", "max_output_tokens", "num_predict"]),
        ("gen_ai.request.frequency_penalty", ["frequency_penalty"]),
        ("gen_ai.request.presence_penalty", ["presence_penalty"]),
        ("gen_ai.request.stop_sequences", ["stop", "stop_sequences"]),
        ("gen_ai.request.seed", ["seed"]),
        ("gen_ai.request.choice.count", ["n"]),
    ];

    private static readonly Dictionary<string, string> Attributes =
        Known.SelectMany(static known => known.Names.Select(name => (name, known.Attribute))).ToDictionary(static pair => pair.name, static pair => pair.Attribute);

    private static readonly Dictionary<string, string> Names = Known.ToDictionary(static known => known.Attribute, static known => known.Names[0]);

    /// <summary>The attribute for a parameter of this name. Null if there is none.</summary>
    public static string? AttributeOf(string name) => Attributes.GetValueOrDefault(name);

    /// <summary>The name of the parameter that an attribute is for. Null if it is for none.</summary>
    public static string? NameOf(string attribute) => Names.GetValueOrDefault(attribute);
}
