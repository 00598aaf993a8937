using System.ComponentModel;
using Openlayer.Interception;

namespace StreamingAgent;

/// <summary>The agent's tools. Each call is a step, as for any other service.</summary>
[Trace(StepType = StepType.Tool)]
public interface ITools
{
    /// <summary>Tomorrow's weather.</summary>
    [Description("Tomorrow's weather in a city.")]
    Task<string> FindWeatherAsync(string city);

    /// <summary>Trains to a city.</summary>
    [Description("Trains to a city tomorrow.")]
    Task<string> FindTrainsAsync(string city);
}
