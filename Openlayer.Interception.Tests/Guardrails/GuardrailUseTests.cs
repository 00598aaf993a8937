using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Loader;
using Openlayer.Interception.Guardrails;

namespace Openlayer.Interception.Tests.Guardrails;

/// <summary>Calls that are not traced are looked up only in processes that use the attribute.</summary>
public sealed class GuardrailUseTests
{
    [Fact]
    public void An_assembly_with_the_attribute_uses_it() => Assert.True(GuardrailUse.MayUse(typeof(GuardrailUseTests).Assembly));

    [Fact]
    public void An_assembly_with_the_attribute_uses_it_in_any_load_context()
    {
        var context = new AssemblyLoadContext(nameof(GuardrailUseTests), isCollectible: true);
        Assert.True(GuardrailUse.MayUse(context.LoadFromAssemblyPath(typeof(GuardrailUseTests).Assembly.Location)));
        context.Unload();
    }

    [Theory]
    [InlineData(typeof(object))]
    [InlineData(typeof(OpenlayerTracer))]
    [InlineData(typeof(Autofac.ContainerBuilder))]
    [InlineData(typeof(Castle.DynamicProxy.IInterceptor))]
    public void An_assembly_without_it_does_not(Type type) => Assert.False(GuardrailUse.MayUse(type.Assembly));

    [Fact]
    public void An_assembly_that_is_emitted_does_not_itself() =>
        Assert.False(GuardrailUse.MayUse(AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Emitted"), AssemblyBuilderAccess.Run)));

    [Fact]
    public void A_process_with_such_an_assembly_may_use_it() => Assert.True(GuardrailUse.IsPossible);
}
