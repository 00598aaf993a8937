using Castle.DynamicProxy;

namespace Openlayer.Interception.Tests.Guardrails;

/// <summary>Methods without guardrails cost what they cost without this feature.</summary>
public sealed class GuardrailCostTests
{
    private const int Calls = 1_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_call_that_is_neither_traced_nor_guarded_allocates_what_Castle_does(bool hasOtherGuardrails)
    {
        var options = new OpenlayerOptions { SendToOpenlayer = false, Enabled = false };
        if (hasOtherGuardrails)
        {
            options.Guardrails.Add(new AllowingGuardrail(), static method => method.Name == nameof(IEchoes.Numbers));
        }

        using var tracer = new OpenlayerTracer(options);
        var disabled = tracer.Intercept<ISilent>(new Silent());
        var bare = new ProxyGenerator().CreateInterfaceProxyWithTarget<ISilent>(new Silent(), new PassThrough());

        Assert.Equal(BytesOf(bare), BytesOf(disabled));
    }

    private static long BytesOf(ISilent service)
    {
        for (var call = 0; call < Calls; call++)
        {
            service.Do("x");
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var call = 0; call < Calls; call++)
        {
            service.Do("x");
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / Calls;
    }

    public interface ISilent
    {
        string Do(string text);
    }

    public sealed class Silent : ISilent
    {
        public string Do(string text) => text;
    }

    private sealed class PassThrough : IInterceptor
    {
        public void Intercept(IInvocation invocation) => invocation.Proceed();
    }
}
