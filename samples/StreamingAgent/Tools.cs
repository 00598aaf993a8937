namespace StreamingAgent;

/// <summary>Tools with fixed results.</summary>
public sealed class Tools : ITools
{
    /// <inheritdoc/>
    public Task<string> FindWeatherAsync(string city) => Task.FromResult($"{city}: sunny, 21 °C");

    /// <inheritdoc/>
    public Task<string> FindTrainsAsync(string city) => Task.FromResult($"To {city}: 08:04, 10:04");
}
