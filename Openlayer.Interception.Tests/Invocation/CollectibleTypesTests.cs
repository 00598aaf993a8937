using System.Collections.Immutable;
using System.Diagnostics;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Castle.DynamicProxy;
using Grpc.Core;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Openlayer.Interception.Invocation;
using Openlayer.Interception.ModelClients;
using Openlayer.Interception.ModelClients.Paths;
using Openlayer.Interception.ModelClients.Shapes;
using Openlayer.Interception.Reflection;
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
            StreamWrapping.For(typeof(AsyncUnaryCall<>).MakeGenericType(type));
            StreamWrapping.For(typeof(AsyncServerStreamingCall<>).MakeGenericType(type));
            StreamWrapping.For(typeof(AsyncDuplexStreamingCall<,>).MakeGenericType(typeof(string), type));
        });

    [Fact]
    public void Paths_do_not_keep_types_alive()
    {
        var path = new ValuePath("Size");
        var shapes = ResponseShape.CacheOf(new ModelOperation { Usage = path, Metadata = [("size", path)] });

        AssertForgotten(type =>
        {
            var value = Activator.CreateInstance(type)!;
            Assert.Equal(7, path.Read(value));
            Assert.Equal(7, PropertyReader.Read(value, "Size"));
            Assert.Equal(7, PropertyReader.Read(value, "get_Size()"));
            Assert.Equal(7, shapes.Get(type).Usage!(value));
        });
    }

    [Fact]
    public void Readers_of_messages_do_not_keep_types_alive()
    {
        var messages = new MessageReader(new ModelOperation
        {
            Content = [new("Parts"), new(ValuePath.Self)],
            ContentMappings = [new("PlugIn", ContentKind.Text, ("text", new("Size")))],
        });

        AssertForgotten(type =>
        {
            var part = Activator.CreateInstance(type)!;
            foreach (var message in new[] { part, new { Parts = new[] { part } } })
            {
                List<FoundPart> parts = [];
                messages.AddParts(message, parts, max: 10);
                Assert.Equal(7, messages.Read(Assert.Single(parts)).Value);
            }
        });
    }

    [Fact]
    public void The_place_of_a_look_up_does_not_keep_types_alive()
    {
        var place = new LastType<Type>(new TypeCache<Type>(static type => type));

        AssertForgotten(type =>
        {
            Assert.Same(type, place.Get(type));
            Assert.Same(type, place.Get(type));
        });
    }

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

    public static TheoryData<string> Recorded => [.. Values.Keys];

    // What is recorded of a value of a collectible type.
    private static Dictionary<string, Func<Type, object>> Values { get; } = new()
    {
        ["an object"] = static type => Activator.CreateInstance(type)!,
        ["an array"] = static type => Array.CreateInstance(type, 1),
        ["a list"] = static type => Activator.CreateInstance(typeof(List<>).MakeGenericType(type))!,
        ["a dictionary"] = static type => Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), type))!,
        ["a set"] = static type => Activator.CreateInstance(typeof(HashSet<>).MakeGenericType(type))!,
        ["a tuple"] = static type => Activator.CreateInstance(typeof(Tuple<>).MakeGenericType(type), Activator.CreateInstance(type))!,
        ["a pair"] = static type => Activator.CreateInstance(typeof(KeyValuePair<,>).MakeGenericType(type, type))!,
        ["an immutable list"] = static type => Activator.CreateInstance(typeof(ImmutableArray<>).MakeGenericType(type))!,
        ["a lazy value"] = static type => Activator.CreateInstance(typeof(Lazy<>).MakeGenericType(type))!,
        ["the type itself"] = static type => type,
        ["a method"] = static type => type.GetMethod(nameof(IPlugin.Run))!,
        ["a matrix"] = static type => Array.CreateInstance(type, 1, 1),
        ["memory"] = static type => Activator.CreateInstance(typeof(Memory<>).MakeGenericType(type), Array.CreateInstance(type, 1))!,
        ["a linked list"] = static type => Activator.CreateInstance(typeof(LinkedList<>).MakeGenericType(type))!,
        ["a list of lists"] = static type => Activator.CreateInstance(typeof(List<>).MakeGenericType(typeof(List<>).MakeGenericType(type)))!,
        ["a dictionary by it"] = static type => Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(type, typeof(int)))!,
        ["a struct tuple"] = static type => Activator.CreateInstance(typeof(ValueTuple<,>).MakeGenericType(type, typeof(int)), Activator.CreateInstance(type), 1)!,
        ["a task"] = static type => typeof(Task).GetMethod(nameof(Task.FromResult))!.MakeGenericMethod(type).Invoke(null, [Activator.CreateInstance(type)])!,
        ["a weak reference"] = static type => new WeakReference(Activator.CreateInstance(type)),
        ["an exception with it"] = static type => new InvalidOperationException("no") { Data = { ["value"] = Activator.CreateInstance(type) } },
        ["an option of F#"] = static type => Activator.CreateInstance(typeof(FSharpOption<>).MakeGenericType(type), Activator.CreateInstance(type))!,
        ["a list of F#"] = static type => typeof(FSharpList<>).MakeGenericType(type).GetProperty("Empty")!.GetValue(null)!,
        ["a result of F#"] = static type =>
            typeof(FSharpResult<,>).MakeGenericType(type, typeof(string)).GetMethod("NewOk")!.Invoke(null, [Activator.CreateInstance(type)])!,
        ["a lazy sequence"] = static type => typeof(Enumerable).GetMethod(nameof(Enumerable.Repeat))!.MakeGenericMethod(type).Invoke(null, [Activator.CreateInstance(type), 2])!,
        ["a delegate"] = static type => Delegate.CreateDelegate(typeof(Action), Activator.CreateInstance(type)!, nameof(IPlugin.Run)),
    };

    [Theory]
    [Trait("Clock", "Real")]
    [MemberData(nameof(Recorded))]
    public async Task Recording_a_value_does_not_keep_its_type_alive(string value)
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, static options => options.Publishers.Clear());
        var work = container.Work;

        AssertForgottenBySerializer(type => work.Get("call", () => Values[value](type)));
    }

    [Fact]
    [Trait("Clock", "Real")]
    public async Task Recording_a_value_with_a_converter_of_the_application_does_not_keep_its_type_alive()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, static options =>
        {
            options.Publishers.Clear();
            options.Capture.JsonSerializerOptions = new() { Converters = { new JsonStringEnumConverter(), new PluginConverter() } };
        });
        var work = container.Work;

        AssertForgottenBySerializer(type => work.Get("call", () => Activator.CreateInstance(type)!));
    }

    [Fact]
    [Trait("Clock", "Real")]
    public async Task A_stream_of_a_collectible_type_does_not_keep_it_alive()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, static options => options.Publishers.Clear());
        var work = container.Work;

        AssertForgottenBySerializer(type => ((Task)typeof(CollectibleTypesTests)
            .GetMethod(nameof(StreamAsync), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(type)
            .Invoke(null, [work])!).GetAwaiter().GetResult());
    }

    [Fact]
    public async Task A_failure_of_a_collectible_type_does_not_keep_it_alive()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, static options => options.Publishers.Clear());
        var work = container.Work;

        AssertForgotten(
            type => Assert.Throws(type, () => work.Do("call", () => throw (Exception)Activator.CreateInstance(type)!)),
            static module => module.DefineType("PlugInException", TypeAttributes.Public, typeof(Exception)).CreateType());
    }

    private static async Task StreamAsync<T>(IWork work)
        where T : new()
    {
        await foreach (var item in work.Stream("stream", Items))
        {
            Assert.NotNull(item);
        }

        static async IAsyncEnumerable<T> Items()
        {
            yield return new T();
            await Task.CompletedTask;
            yield return new T();
        }
    }

    private static void Get<T>(IWork work)
        where T : new() => work.Get("call", static () => new T());

    private static void AssertForgotten(Action<Type> use, Func<ModuleBuilder, Type>? define = null)
    {
        var type = UseCollectible(use, define ?? DefinePlugIn);
        CollectWhile(type);
        Assert.False(type.IsAlive);
    }

    // System.Text.Json keeps the members of a type for a second, until it reads another type.
    private static void AssertForgottenBySerializer(Action<Type> use)
    {
        var type = UseCollectible(use, DefinePlugIn);
        var start = Stopwatch.GetTimestamp();
        while (type.IsAlive && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(30))
        {
            _ = new DefaultJsonTypeInfoResolver().GetTypeInfo(typeof(Version), new JsonSerializerOptions());
            CollectWhile(type);
        }

        Assert.False(type.IsAlive);
    }

    private static void CollectWhile(WeakReference type)
    {
        for (var attempt = 0; attempt < 20 && type.IsAlive; attempt++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference UseCollectible(Action<Type> use, Func<ModuleBuilder, Type> define)
    {
        var assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("PlugIn"), AssemblyBuilderAccess.RunAndCollect);
        var type = define(assembly.DefineDynamicModule("PlugIn"));
        Assert.True(type.IsCollectible);
        use(type);
        return new WeakReference(type);
    }

    private static Type DefinePlugIn(ModuleBuilder module)
    {
        var definition = module
            .DefineType("PlugIn", TypeAttributes.Public, typeof(object), [typeof(IPlugin)]);
        var run = definition.DefineMethod(nameof(IPlugin.Run), MethodAttributes.Public | MethodAttributes.Virtual, typeof(void), []);
        run.GetILGenerator().Emit(OpCodes.Ret);
        var size = definition.DefineMethod("get_Size", MethodAttributes.Public, typeof(int), []);
        size.GetILGenerator().Emit(OpCodes.Ldc_I4_7);
        size.GetILGenerator().Emit(OpCodes.Ret);
        definition.DefineProperty("Size", PropertyAttributes.None, typeof(int), null).SetGetMethod(size);
        return definition.CreateType();
    }

    private sealed class PluginConverter : JsonConverter<IPlugin>
    {
        public override bool CanConvert(Type typeToConvert) => typeToConvert.IsAssignableTo(typeof(IPlugin));

        public override IPlugin Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, IPlugin value, JsonSerializerOptions options) => writer.WriteStringValue("plug-in");
    }

    public interface IPlugin
    {
        void Run();
    }
}
