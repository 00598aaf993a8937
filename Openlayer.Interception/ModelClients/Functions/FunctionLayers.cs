using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using Openlayer.Interception.ModelClients.Proxies;
using Openlayer.Interception.Reflection;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.ModelClients.Functions;

/// <summary>
/// Observes the layer below a traced client that calls functions on behalf of a model. The traced client sees neither the calls nor the single
/// requests, so the layer is given a traced way to make each: as its <c>FunctionInvoker</c>, and as the client below it. Thread-safe.
/// </summary>
/// <param name="steps">Opens steps.</param>
/// <param name="proxies">Creates proxies of the clients below such layers.</param>
internal sealed class FunctionLayers(StepSource steps, ClientProxyFactory proxies)
{
    private static readonly TypeCache<Invoker?> Invokers = new(Invoker.Of);
    private static readonly TypeCache<LowerClient?> LowerClients = new(LowerClient.Of);

    // Empty for clients without such a layer. Weak in its keys, so that it does not keep a client alive.
    private readonly ConditionalWeakTable<object, Observed> _layers = [];

    /// <summary>Observes the layer below a client, if there is one. Does not throw.</summary>
    public void Observe(object? client)
    {
        if (client is null)
        {
            return;
        }

        try
        {
            // An application can set the invoker at any time.
            var observed = _layers.GetValue(client, Find);
            observed.Invoker?.Observe(observed.Layer!, steps);
        }
        catch (Exception exception)
        {
            steps.Log.Report(ModelClientEvents.FunctionsNotObserved, exception);
        }
    }

    private Observed Find(object client)
    {
        if (FunctionInvocation.ClientType is not { } type || ClientService.Of(client, type) is not { } layer)
        {
            return new(null, null);
        }

        TraceRequests(layer);
        return new(layer, Invokers.Get(layer.GetType()));
    }

    // Directly below the layer, and at the bottom of the pipeline, so that a cache in between is seen as one.
    private void TraceRequests(object layer)
    {
        if (LowerClients.Get(layer.GetType()) is not { } first
            || first.Of(layer) is not { } lower
            || ClientService.Of(lower, typeof(OpenlayerInterceptor)) is not null)
        {
            return;
        }

        var (bottom, property) = (layer, first);
        while (lower is not null && LowerClients.Get(lower.GetType()) is { } next)
        {
            (bottom, property) = (lower, next);
            lower = next.Of(lower);
        }

        property.Trace(bottom, proxies);
        if (!ReferenceEquals(bottom, layer))
        {
            first.Trace(layer, proxies);
        }
    }

    private sealed record Observed(object? Layer, Invoker? Invoker);

    /// <summary>The client that a layer passes its requests to.</summary>
    private sealed class LowerClient(FieldInfo field)
    {
        public object? Of(object layer) => field.GetValue(layer);

        public void Trace(object layer, ClientProxyFactory proxies)
        {
            if (field.GetValue(layer) is { } client)
            {
                field.SetValue(layer, proxies.ProxyOf(client, field.FieldType));
            }
        }

        public static LowerClient? Of(Type layer) =>
            layer.SelfAndBases().FirstOrDefault(static type => type.FullName == "Microsoft.Extensions.AI.DelegatingChatClient")
                ?.GetField("<InnerClient>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic) is { FieldType.IsInterface: true } field
                ? new(field)
                : null;
    }

    /// <summary>How a class of layers calls functions.</summary>
    private abstract class Invoker
    {
        public abstract void Observe(object layer, StepSource steps);

        public static Invoker? Of(Type layer) =>
            layer.GetProperty("FunctionInvoker") is { CanRead: true, CanWrite: true } property
            && property.PropertyType.IsConstructedFrom(typeof(Func<,,>))
            && property.PropertyType.GetGenericArguments() is [{ IsValueType: false } context, var token, var result]
            && token == typeof(CancellationToken)
            && result == typeof(ValueTask<object?>)
                ? (Invoker)Activator.CreateInstance(typeof(Of<>).MakeGenericType(context), property)!
                : null;
    }

    private sealed class Of<TContext> : Invoker
        where TContext : class
    {
        private readonly PropertyInfo _property;
        private readonly Func<TContext, CancellationToken, ValueTask<object?>> _call;

        public Of(PropertyInfo property)
        {
            _property = property;

            // What the layer does itself where no invoker is set.
            var context = Expression.Parameter(typeof(TContext));
            var cancellationToken = Expression.Parameter(typeof(CancellationToken));
            _call = Expression.Lambda<Func<TContext, CancellationToken, ValueTask<object?>>>(
                Expression.Call(
                    Expression.Property(context, "Function"), "InvokeAsync", [], Expression.Property(context, "Arguments"), cancellationToken),
                context,
                cancellationToken).Compile();
        }

        public override void Observe(object layer, StepSource steps)
        {
            var invoker = (Func<TContext, CancellationToken, ValueTask<object?>>?)_property.GetValue(layer);
            if (!FunctionInvoker<TContext>.IsIn(invoker, steps))
            {
                Func<TContext, CancellationToken, ValueTask<object?>> observed = new FunctionInvoker<TContext>(steps, invoker ?? _call).InvokeAsync;
                _property.SetValue(layer, observed);
            }
        }
    }
}
