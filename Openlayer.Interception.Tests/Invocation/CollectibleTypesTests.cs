using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Castle.DynamicProxy;
using Openlayer.Interception.Invocation;
using Openlayer.Interception.Streaming;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Invocation;

/// <summary>What is known of types is forgotten with them: assemblies that can be unloaded are not held.</summary>
public sealed class CollectibleTypesTests
{
    [Fact]
    public void The_shape_of_a_return_type_does_not_hold_it() =>
        AssertForgotten(static type =>
        {
            ReturnShape.Of(type);
            ReturnShape.Of(typeof(Task<>).MakeGenericType(type));
            ReturnShape.Of(typeof(ValueTask<>).MakeGenericType(type));
            ReturnShape.Of(typeof(IAsyncEnumerable<>).MakeGenericType(type));
        });

    [Fact]
    public void The_wrapping_of_streams_does_not_hold_their_types() =>
        AssertForgotten(static type =>
        {
            StreamWrapping.For(type);
            StreamWrapping.For(typeof(IEnumerable<>).MakeGenericType(type));
            StreamWrapping.For(typeof(IAsyncEnumerable<>).MakeGenericType(type));
            StreamTypes.Of(type);
        });

    [Fact]
    public async Task The_methods_of_an_interface_do_not_hold_the_classes_that_implement_it()
    {
        await using var container = new TracedContainer();
        var interceptor = container.Resolve<OpenlayerInterceptor>();

        AssertForgotten(type =>
        {
            var target = (IPlugin)Activator.CreateInstance(type)!;
            var proxy = new ProxyGenerator().CreateInterfaceProxyWithTargetInterface(target, interceptor);
            proxy.Run();
        });

        Assert.Equal("IPlugin.Run", await container.TreesAsync());
    }

    private static void AssertForgotten(Action<Type> use)
    {
        var type = UseCollectible(use);
        for (var attempt = 0; attempt < 20 && type.IsAlive; attempt++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(type.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference UseCollectible(Action<Type> use)
    {
        var assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("PlugIn"), AssemblyBuilderAccess.RunAndCollect);
        var definition = assembly.DefineDynamicModule("PlugIn")
            .DefineType("PlugIn", TypeAttributes.Public, typeof(object), [typeof(IPlugin)]);
        var run = definition.DefineMethod(nameof(IPlugin.Run), MethodAttributes.Public | MethodAttributes.Virtual, typeof(void), []);
        run.GetILGenerator().Emit(OpCodes.Ret);
        var type = definition.CreateType();
        Assert.True(type.IsCollectible);
        use(type);
        return new WeakReference(type);
    }

    public interface IPlugin
    {
        void Run();
    }
}
