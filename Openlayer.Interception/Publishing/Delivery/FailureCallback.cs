using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>Counts rows that are given up, and hands each to whoever wants to know: the trace's own callback before the options'. Thread-safe.</summary>
internal sealed class FailureCallback(OpenlayerSettings settings, DeliveryMeter meter, InternalLog faults)
{
    /// <param name="row">The row.</param>
    /// <param name="reason">Why it was given up.</param>
    /// <param name="inPlace">Called in place of the row's own and the options' callback.</param>
    public void Invoke(PendingRow row, Exception reason, Action<FlushFailure>? inPlace = null)
    {
        meter.Failed.Add(1);
        try
        {
            (inPlace ?? row.OnFailure ?? settings.OnFlushFailure)?.Invoke(new FlushFailure(row.Json, row.Target.Config, reason));
        }
        catch (Exception exception)
        {
            faults.Report(DeliveryEvents.CallbackFailed, exception);
        }
    }
}
