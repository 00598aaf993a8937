using System.Net.Sockets;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>Failures as the log names them. The messages of exceptions are not used: they may contain captured values.</summary>
internal static class FailureCause
{
    /// <summary>One sentence, one of a bounded number.</summary>
    public static string Describe(Exception? failure) => failure switch
    {
        HttpRequestException { StatusCode: { } status } => $"Openlayer answered with status {(int)status}.",
        HttpRequestException { InnerException: SocketException { SocketErrorCode: var error } } => $"Openlayer could not be reached ({error}).",
        HttpRequestException { HttpRequestError: var error } => $"Openlayer could not be reached ({error}).",
        TimeoutException => "A request to Openlayer took longer than OpenlayerOptions.RequestTimeout.",
        AggregateException { InnerException: { } first } => Describe(first),
        null => "They were not sent in time.",
        _ => $"The request to Openlayer failed ({failure.GetType().Name}).",
    };
}
