using Microsoft.Extensions.DependencyInjection;

namespace Openlayer.Interception.Guardrails;

/// <summary>
/// Resolves the guardrails of one check: from the caller's scope, or from a scope of its own, which ends with the check. Used by one thread at
/// a time.
/// </summary>
internal sealed class GuardrailScope(GuardrailSource source, IServiceProvider? root, IServiceProvider? caller) : IAsyncDisposable
{
    private IServiceScope? _own;

    /// <exception cref="InvalidOperationException">The guardrail cannot be resolved or created.</exception>
    public IGuardrail Resolve(MethodGuardrail guardrail) =>
        guardrail.Instance
        ?? FromCaller(guardrail.Type)
        // Not registered, as was found before: no scope is needed.
        ?? source.FindCreated(guardrail.Type)
        ?? (IGuardrail?)OwnServices()?.GetService(guardrail.Type)
        ?? source.GetOrCreate(guardrail.Type);

    /// <summary>Ends a scope of its own. Completes synchronously if there is none.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_own is IAsyncDisposable scope)
            {
                await scope.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                _own?.Dispose();
            }
        }
        catch (Exception exception)
        {
            source.Log.Report(GuardrailEvents.GuardrailFailed, exception, "(its scope)");
        }
    }

    private IGuardrail? FromCaller(Type type)
    {
        try
        {
            return (IGuardrail?)caller?.GetService(type);
        }
        catch (ObjectDisposedException)
        {
            // The service outlives the scope that it was resolved from.
            return null;
        }
    }

    private IServiceProvider? OwnServices()
    {
        if (_own is null && root?.GetService(typeof(IServiceScopeFactory)) is IServiceScopeFactory scopes)
        {
            _own = scopes.CreateScope();
        }

        return _own?.ServiceProvider ?? root;
    }
}
