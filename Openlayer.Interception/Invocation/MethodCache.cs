using System.Reflection;
using Castle.DynamicProxy;
using Openlayer.Interception.Guardrails;
using Openlayer.Interception.ModelClients;
using Openlayer.Interception.ModelClients.Functions;
using Openlayer.Interception.ModelClients.Proxies;
using Openlayer.Interception.Reflection;
using Openlayer.Interception.Telemetry;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Invocation;

/// <summary>Describes the called methods: whether their calls are traced, and whether guardrails check them. Thread-safe.</summary>
internal sealed class MethodCache
{
    private readonly StepSource _steps;
    private readonly RequestAttempts _attempts;
    private readonly ActivitySteps _spans;
    private readonly FunctionLayers _functions;
    private readonly ClientFactoryMethod _factoryMethod;
    private readonly ClientServiceMethod _serviceMethod;
    private readonly ClientServiceMethod _toolServiceMethod;

    private readonly GuardrailSource _guardrails;
    private readonly MethodTable<IInterceptedMethod> _methods;
    private readonly MethodTable<GuardedMethod> _guarded;
    private readonly TypeCache<bool> _guardedTypes;

    public MethodCache(StepSource steps, RequestAttempts attempts, ActivitySteps spans, GuardrailSource guardrails, OpenlayerInterceptor interceptor)
    {
        _steps = steps;
        _attempts = attempts;
        _spans = spans;
        _guardrails = guardrails;
        _methods = new(Describe);
        _guarded = new(DescribeGuards);
        _guardedTypes = new(type => guardrails.MayGuard(type));
        _functions = new FunctionLayers(steps, new ClientProxyFactory(new PipelineInterceptor(interceptor, steps.Ambient)));
        _factoryMethod = new ClientFactoryMethod(new ClientProxyFactory(interceptor), steps.Log);
        _serviceMethod = new ClientServiceMethod(interceptor, spans: null);
        _toolServiceMethod = new ClientServiceMethod(interceptor, spans.Source);
    }

    /// <summary>Returns the called method. Null if its calls are neither traced nor guarded.</summary>
    public IInterceptedMethod? Find(IInvocation invocation) => _methods.Find(invocation);

    /// <summary>Returns the called method, whose calls are not traced now. Null if they are not guarded.</summary>
    public IInterceptedMethod? FindGuarded(IInvocation invocation) => _guardrails.HasRegistrations || GuardrailUse.IsPossible ? _guarded.Find(invocation) : null;

    /// <summary>Whether calls of a target may be guarded.</summary>
    public bool MayGuard(Type targetType) => _guardedTypes.Get(targetType);

    private IInterceptedMethod? Describe(MethodInfo method, Type type)
    {
        try
        {
            var client = ClientRecognizer.Find(method, type, _steps.Settings.ProviderClients);
            if (ReturnsClient(client, method))
            {
                return _factoryMethod;
            }

            if (ReturnsService(client, method))
            {
                if (client is not { TakesTools: true })
                {
                    return _serviceMethod;
                }

                _spans.Observe();
                return _toolServiceMethod;
            }

            if (client is not null)
            {
                _attempts.Observe();
                if (client.TakesTools)
                {
                    _spans.Observe();
                }
            }

            return MethodDescriptor.Of(method, type, client, _steps.Capture) is { } description
                ? new TracedMethod(_steps, method, description, client is { TakesTools: true } ? _functions : null, _guarded.Find(method, type))
                : _guarded.Find(method, type);
        }
        catch (Exception exception)
        {
            _steps.Log.Report(InvocationEvents.MethodNotRead, exception, Describe(method, exception));
            return _guarded.Find(method, type);
        }
    }

    private GuardedMethod? DescribeGuards(MethodInfo method, Type type)
    {
        try
        {
            return GuardedMethod.Of(_guardrails, method, type) is { } guarded && !ReturnsNoData(method, type) ? guarded : null;
        }
        catch (Exception exception)
        {
            _steps.Log.Report(GuardrailEvents.GuardrailsNotRead, exception, $"{CSharpName.Of(method.DeclaringType!)}.{method.Name}");
            return null;
        }
    }

    private bool ReturnsNoData(MethodInfo method, Type type)
    {
        try
        {
            var client = ClientRecognizer.Find(method, type, _steps.Settings.ProviderClients);
            return ReturnsClient(client, method) || ReturnsService(client, method);
        }
        catch (Exception)
        {
            // An attribute of the client is wrong, which is reported when its calls are traced. They are checked all the same.
            return false;
        }
    }

    private static bool ReturnsClient(ProviderClient? client, MethodInfo method) => client is not null && Array.IndexOf(client.FactoryMembers, method.Name) >= 0;

    private static bool ReturnsService(ProviderClient? client, MethodInfo method) => client?.MetadataTypeName is not null && method.Name == "GetService";

    // The messages of exceptions are not logged, but an attribute with a wrong value must be found.
    private static string Describe(MethodInfo method, Exception exception)
    {
        var name = $"{CSharpName.Of(method.DeclaringType!)}.{method.Name}";
        return exception.GetBaseException() is ArgumentOutOfRangeException { ActualValue: StepType unknown }
            ? $"{name} has an attribute with the unknown step type {unknown:D} and"
            : name;
    }
}
