using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

/// <summary>Media that a request takes as arguments of their own, such as a stream of audio and its file name.</summary>
/// <param name="Kind">The kind of media, <c>image</c> or <c>audio</c>.</param>
/// <param name="Fields">The fields of <see cref="MediaFields"/>, and their paths from the arguments.</param>
internal sealed record MediaArgument(string Kind, params (string Name, ValuePath Path)[] Fields);
