namespace Openlayer.Interception.ModelClients;

/// <summary>
/// Token counts without overlap, as Openlayer prices them: by the exact names here, which are those of its own SDKs. Reasoning is priced as output
/// there, and has no count of its own. See <see cref="ChatCompletionStep.UsageDetails"/>.
/// </summary>
internal static class UsageCounts
{
    // The names of the metadata that ModelOperation.UsageMetadata gives these counts.
    public const string Cached = "cachedTokens";
    public const string CacheCreation = "cacheCreationTokens";
    public const string Reasoning = "reasoningTokens";
    public const string InputAudio = "inputAudioTokens";
    public const string OutputAudio = "outputAudioTokens";

    /// <param name="prompt">The prompt tokens that the provider reported.</param>
    /// <param name="completion">The completion tokens that the provider reported.</param>
    /// <param name="parts">Further counts that it reported, by the names of the metadata. Null if there are none.</param>
    /// <param name="promptExcludesCache">Whether the prompt tokens are those that were neither read from a cache nor written to it.</param>
    /// <param name="completionExcludesReasoning">Whether the completion tokens are those of the answer only.</param>
    /// <returns>The counts that are more than 0. Null if the provider reported neither prompt nor completion tokens.</returns>
    public static KeyValuePair<string, int>[]? Of(
        long? prompt, long? completion, IReadOnlyDictionary<string, long>? parts, bool promptExcludesCache, bool completionExcludesReasoning)
    {
        if (prompt is null && completion is null)
        {
            return null;
        }

        var (cached, created) = (Part(Cached), Part(CacheCreation));
        var input = Math.Max(0, prompt ?? 0);

        // A client can report counts that its library defines otherwise. More than there is in all cannot be a part of it.
        if (!promptExcludesCache && cached + created <= input)
        {
            input -= cached + created;
        }

        var output = Math.Max(0, completion ?? 0) + (completionExcludesReasoning ? Part(Reasoning) : 0);
        var inputAudio = Math.Min(Part(InputAudio), input);
        var outputAudio = Math.Min(Part(OutputAudio), output);
        Span<KeyValuePair<string, int>> counts =
        [
            Count("input_tokens", input - inputAudio),
            Count("output_tokens", output - outputAudio),
            Count("cached_tokens", cached),
            Count("cache_creation_tokens", created),
            Count("input_audio_tokens", inputAudio),
            Count("output_audio_tokens", outputAudio),
        ];
        var known = 0;
        foreach (var count in counts)
        {
            if (count.Value > 0)
            {
                counts[known++] = count;
            }
        }

        return counts[..known].ToArray();

        long Part(string name) => parts is null ? 0 : Math.Max(0, parts.GetValueOrDefault(name));

        static KeyValuePair<string, int> Count(string name, long count) => new(name, (int)Math.Clamp(count, 0, int.MaxValue));
    }
}
