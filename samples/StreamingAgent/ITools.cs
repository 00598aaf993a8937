using System.ComponentModel;
using Openlayer.Interception;

namespace StreamingAgent;

/// <summary>What the agent may call. Each call is a step, like that of any service.</summary>
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
