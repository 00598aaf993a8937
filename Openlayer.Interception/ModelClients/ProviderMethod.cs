using System.Reflection;
using Openlayer.Interception.ModelClients;
using Openlayer.Interception.ModelClients.Clients;
using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception;

/// <summary>
/// Where to find the values that a step records in the arguments and the result of a method that makes requests. Each is a path of property
/// names, <c>Usage.InputTokens</c>. A number is an index into a list, <c>Choices.0.Message</c>; a name with <c>()</c> is a method without
/// parameters; a name can also be a dictionary's key. A path into the arguments starts with a parameter's name. Default of each: null, which
/// looks under the conventional names.
/// </summary>
public sealed class ProviderMethod
{
    internal ProviderMethod()
    {
    }

    /// <summary>The messages, or the text, that is sent; from the arguments.</summary>
    public string? Prompt { get; set; }

    /// <summary>The system instructions that are not among the messages; from the arguments.</summary>
    public string? Instructions { get; set; }

    /// <summary>The model the request asks for; from the arguments.</summary>
    public string? Model { get; set; }

    /// <summary>The request's parameters, by their names on the wire, such as <c>temperature</c>; from the arguments. Default: the conventional ones.</summary>
    public IDictionary<string, string> Parameters { get; } = new Dictionary<string, string>();

    /// <summary>A message's role; from the message.</summary>
    public string? Role { get; set; }

    /// <summary>The answer, text or a list of content parts; from the result or an item of a streamed one. Also the content of a message.</summary>
    public string? Content { get; set; }

    /// <summary>
    /// The object with <see cref="PromptTokens"/>, <see cref="CompletionTokens"/> and <see cref="Tokens"/>; from the result or an item of a
    /// streamed one.
    /// </summary>
    public string? Usage { get; set; }

    /// <summary>The number of prompt tokens; from the usage.</summary>
    public string? PromptTokens { get; set; }

    /// <summary>The number of completion tokens; from the usage.</summary>
    public string? CompletionTokens { get; set; }

    /// <summary>The total number of tokens; from the usage. Without it, the sum of the two.</summary>
    public string? Tokens { get; set; }

    /// <summary>The model that answered; from the result or an item of a streamed one.</summary>
    public string? ServedModel { get; set; }

    /// <summary>Further metadata of the step, by name; from the result or an item of a streamed one.</summary>
    public IDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    internal ModelOperation ToOperation(MethodInfo[] overloads)
    {
        var conventional = ConventionalClient.Operation;
        return conventional with
        {
            Prompt = ParseArgumentPath(nameof(Prompt), Prompt, overloads) ?? conventional.Prompt,
            Instructions = ParseArgumentPath(nameof(Instructions), Instructions, overloads) ?? conventional.Instructions,
            RequestedModel = ParseArgumentPath(nameof(Model), Model, overloads) ?? conventional.RequestedModel,
            Parameters =
            [
                .. conventional.Parameters.Where(parameter => !Parameters.ContainsKey(parameter.Name)),
                .. Parameters.Select(parameter => (parameter.Key, ParseArgumentPath(parameter.Key, parameter.Value, overloads)!)),
            ],
            Role = ParsePath(nameof(Role), Role) ?? conventional.Role,
            Content = ParsePath(nameof(Content), Content) is { } content
                ? [content.Or(conventional.Content[0]), .. conventional.Content[1..]]
                : conventional.Content,
            Usage = ParsePath(nameof(Usage), Usage) ?? conventional.Usage,
            PromptTokens = ParsePath(nameof(PromptTokens), PromptTokens) ?? conventional.PromptTokens,
            CompletionTokens = ParsePath(nameof(CompletionTokens), CompletionTokens) ?? conventional.CompletionTokens,
            Tokens = ParsePath(nameof(Tokens), Tokens) ?? conventional.Tokens,
            ServedModel = ParsePath(nameof(ServedModel), ServedModel) ?? conventional.ServedModel,
            Metadata =
            [
                .. conventional.Metadata.Where(entry => !Metadata.ContainsKey(entry.Name)),
                .. Metadata.Select(static entry => (entry.Key, ParsePath(entry.Key, entry.Value)!)),
            ],
        };
    }

    private static ValuePath? ParsePath(string option, string? path) => path switch
    {
        null => null,
        _ when ValuePath.IsPath(path) => new ValuePath(path),
        _ => throw new ArgumentException(
            $"{option} is set to '{path}', which is not a path. Separate names, indices and methods with dots: 'Choices.0.Message', 'ToText()'.",
            option),
    };

    private static ValuePath? ParseArgumentPath(string option, string? path, MethodInfo[] overloads)
    {
        var found = ParsePath(option, path);
        if (path?.Split('.')[0] is { } name && !overloads.Any(method => method.GetParameters().Any(parameter => parameter.Name == name)))
        {
            throw new ArgumentException(
                $"{option} is set to '{path}', but {overloads[0].Name} has no parameter '{name}'. A path into the arguments starts with a parameter's name.",
                option);
        }

        return found;
    }
}
