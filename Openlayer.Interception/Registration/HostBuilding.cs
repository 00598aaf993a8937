using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Openlayer.Interception.Registration;

/// <summary>
/// Applies the rules of a service collection again when a host is built from it: to the services that were registered after the rules. A host
/// announces that it is being built through the event <c>HostBuilding</c> of the source <c>Microsoft.Extensions.Hosting</c>, on which
/// design-time tools and WebApplicationFactory rely too.
/// </summary>
internal sealed class HostBuilding : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    private const string Source = "Microsoft.Extensions.Hosting";
    private const string Event = "HostBuilding";

    // Weak, because the list of observers lives as long as the process, and no host may ever be built from the collection.
    private readonly WeakReference<ServiceInterception> _interception;
    private IDisposable? _subscription;

    private HostBuilding(ServiceInterception interception) => _interception = new(interception);

    public static void Observe(ServiceInterception interception)
    {
        var observer = new HostBuilding(interception);
        observer._subscription = DiagnosticListener.AllListeners.Subscribe(observer);
    }

    void IObserver<DiagnosticListener>.OnNext(DiagnosticListener value)
    {
        if (value.Name != Source)
        {
            return;
        }

        if (_interception.TryGetTarget(out _))
        {
            value.Subscribe(this, static name => name == Event);
        }
        else
        {
            _subscription?.Dispose();
        }
    }

    void IObserver<KeyValuePair<string, object?>>.OnNext(KeyValuePair<string, object?> value)
    {
        if (value is { Key: Event, Value: IHostBuilder host })
        {
            host.ConfigureServices((_, services) => Apply(services));
        }
    }

    void IObserver<DiagnosticListener>.OnCompleted()
    {
    }

    void IObserver<DiagnosticListener>.OnError(Exception error)
    {
    }

    void IObserver<KeyValuePair<string, object?>>.OnCompleted()
    {
    }

    void IObserver<KeyValuePair<string, object?>>.OnError(Exception error)
    {
    }

    private void Apply(IServiceCollection built)
    {
        // It may be the host of another collection.
        if (_interception.TryGetTarget(out var interception) && ReferenceEquals(interception.Services, built))
        {
            _subscription?.Dispose();
            interception.Apply();
        }
    }
}
