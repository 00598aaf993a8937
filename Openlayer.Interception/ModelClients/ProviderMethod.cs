using System.Reflection;
using Openlayer.Interception.ModelClients;
using Openlayer.Interception.ModelClients.Clients;
using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception;

/// <summary>
/// Where things are found in the arguments and the result of a method that makes requests. Each is a path of property names,
/// <c>Usage.InputTokens</c>; a number is an index into a list, <c>Choices.0.Message</c>; a name with <c>()</c> is a method without
/// parameters. A path into the arguments begins with a parameter's name. Default of each: null, then the usual names.
/// </summary>
public sealed class ProviderMethod
{
    internal ProviderMethod()
    {
    }

    /// <summary>The messages, or the text, that is sent; from the arguments.</summary>
    public string? Prompt { get; set; }

    /// <summary>What is said to the model before the messages; from the arguments.</summary>
    public string? Instructions { get; set; }

    /// <summary>The model that is asked for; from the arguments.</summary>
    public string? Model { get; set; }

    /// <summary>The request's parameters, by their names on the wire, <c>temperature</c>; from the arguments. Default: the usual ones.</summary>
    public IDictionary<string, string> Parameters { get; } = new Dictionary<string, string>();

    /// <summary>A message's role; from the message.</summary>
    public string? Role { get; set; }

    /// <summary>The answer, text or a list of contents; from the result or an item of a streamed one. Also what a message's content is.</summary>
    public string? Content { get; set; }

    /// <summary>
    /// What <see cref="PromptTokens"/>, <see cref="CompletionTokens"/> and <see cref="Tokens"/> are found in; from the result or an item.
    /// </summary>
    public string? Usage { get; set; }

    /// <summary>How many tokens went in; from the usage.</summary>
    public string? PromptTokens { get; set; }

    /// <summary>How many tokens came out; from the usage.</summary>
    public string? CompletionTokens { get; set; }

    /// <summary>How many tokens there were in all; from the usage. Where there is none, the sum of the two.</summary>
    public string? Tokens { get; set; }

    /// <summary>The model that answered; from the result or an item.</summary>
    public string? ServedModel { get; set; }

    /// <summary>What else becomes metadata of the step, by name; from the result or an item.</summary>
    public IDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    internal ModelOperation ToOperation(MethodInfo[] overloads)
    {
        var usual = ConventionalClient.Operation;
        return usual with
        {
            Prompt = OfArguments(nameof(Prompt), Prompt, overloads) ?? usual.Prompt,
            Instructions = OfArguments(nameof(Instructions), Instructions, overloads) ?? usual.Instructions,
            RequestedModel = OfArguments(nameof(Model), Model, overloads) ?? usual.RequestedModel,
            Parameters =
            [
                .. usual.Parameters.Where(parameter => !Parameters.ContainsKey(parameter.Name)),
                .. Parameters.Select(parameter => (parameter.Key, OfArguments(parameter.Key, parameter.Value, overloads)!)),
            ],
            Role = Of(nameof(Role), Role) ?? usual.Role,
            Content = Of(nameof(Content), Content) is { } content ? [content.Or(usual.Content[0]), .. usual.Content[1..]] : usual.Content,
            Usage = Of(nameof(Usage), Usage) ?? usual.Usage,
            PromptTokens = Of(nameof(PromptTokens), PromptTokens) ?? usual.PromptTokens,
            CompletionTokens = Of(nameof(CompletionTokens), CompletionTokens) ?? usual.CompletionTokens,
            Tokens = Of(nameof(Tokens), Tokens) ?? usual.Tokens,
            ServedModel = Of(nameof(ServedModel), ServedModel) ?? usual.ServedModel,
            Metadata =
            [
                .. usual.Metadata.Where(entry => !Metadata.ContainsKey(entry.Name)),
                .. Metadata.Select(static entry => (entry.Key, Of(entry.Key, entry.Value)!)),
            ],
        };
    }

    private static ValuePath? Of(string what, string? path) => path switch
    {
        null => null,
        _ when ValuePath.IsPath(path) => new ValuePath(path),
        _ => throw new ArgumentException($"'{path}', which {what} is set to, is no path. A path is names with dots between them.", what),
    };

    private static ValuePath? OfArguments(string what, string? path, MethodInfo[] overloads)
    {
        var found = Of(what, path);
        if (path?.Split('.')[0] is { } name && !overloads.Any(method => method.GetParameters().Any(parameter => parameter.Name == name)))
        {
            throw new ArgumentException($"{overloads[0].Name} has no parameter '{name}', with which '{path}' begins. {what} is set to it.", what);
        }

        return found;
    }
}
