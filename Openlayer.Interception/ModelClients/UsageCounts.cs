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
    public static Dictionary<string, int>? Of(
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
        var counts = new Dictionary<string, int>();
        Add("input_tokens", input - inputAudio);
        Add("output_tokens", output - outputAudio);
        Add("cached_tokens", cached);
        Add("cache_creation_tokens", created);
        Add("input_audio_tokens", inputAudio);
        Add("output_audio_tokens", outputAudio);
        return counts;

        long Part(string name) => parts is null ? 0 : Math.Max(0, parts.GetValueOrDefault(name));

        void Add(string name, long count)
        {
            if (count > 0)
            {
                counts[name] = (int)Math.Min(count, int.MaxValue);
            }
        }
    }
}
