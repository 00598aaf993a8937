using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Castle.DynamicProxy;
using Openlayer.Interception.Invocation;
using Openlayer.Interception.Streaming;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Invocation;

/// <summary>Caches do not keep types alive, so that collectible assemblies can be unloaded.</summary>
public sealed class CollectibleTypesTests
{
    [Fact]
    public void The_cache_of_return_shapes_does_not_keep_types_alive() =>
        AssertForgotten(static type =>
        {
            ReturnShape.Of(type);
            ReturnShape.Of(typeof(Task<>).MakeGenericType(type));
            ReturnShape.Of(typeof(ValueTask<>).MakeGenericType(type));
            ReturnShape.Of(typeof(IAsyncEnumerable<>).MakeGenericType(type));
        });

    [Fact]
    public void The_cache_of_stream_wrappings_does_not_keep_types_alive() =>
        AssertForgotten(static type =>
        {
            StreamWrapping.For(type);
            StreamWrapping.For(typeof(IEnumerable<>).MakeGenericType(type));
            StreamWrapping.For(typeof(IAsyncEnumerable<>).MakeGenericType(type));
            StreamTypes.Of(type);
        });

    [Fact]
    public async Task The_cache_of_methods_does_not_keep_implementing_classes_alive()
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

    [Fact]
    public async Task The_cache_of_methods_does_not_keep_the_type_arguments_of_generic_methods_alive()
    {
        // Only the cache of methods: nothing records or keeps the result.
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, static options =>
        {
            options.Publishers.Clear();
            options.Capture.Outputs = false;
        });
        var work = container.Work;

        AssertForgotten(type => typeof(CollectibleTypesTests)
            .GetMethod(nameof(Get), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(type)
            .Invoke(null, [work]));
    }

    private static void Get<T>(IWork work)
        where T : new() => work.Get("call", static () => new T());

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
