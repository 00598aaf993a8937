using Autofac;
using Autofac.Extras.DynamicProxy;
using Castle.DynamicProxy;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Invocation;

public sealed class InterceptedMembersTests
{
    [Fact]
    public async Task Ref_out_and_params_arguments_are_passed_and_recorded()
    {
        await using var container = Interfaces<Parser>();
        var parser = container.Resolve<IParser>();

        var number = 1;
        var offset = 10;
        Assert.True(parser.TryParse("abc", ref number, in offset, out var length));
        Assert.Equal(4, number);
        Assert.Equal(3, length);
        Assert.Equal("a-b-c", parser.Join('-', "a", "b", "c"));
        Assert.Equal("", parser.Join());
        Assert.Equal(7, await parser.StartAsync(out var id));
        Assert.Equal("job 7", id);

        var steps = (await container.TracesAsync()).Select(static trace => trace.Root).ToArray();
        Assert.Equal(["text", "number", "offset"], steps[0].Inputs.Keys);
        Assert.Equal(1, steps[0].Inputs["number"]);
        Assert.Equal("""{"number":4,"length":3}""", Json(steps[0].Metadata["outArguments"]));
        Assert.Equal("""{"id":"job 7"}""", Json(steps[3].Metadata["outArguments"]));
        Assert.False(steps[1].Metadata.ContainsKey("outArguments"));
    }

    [Fact]
    public async Task Generic_default_explicit_and_inherited_members_are_traced()
    {
        await using var container = Interfaces<Shelf>();
        var shelf = container.Resolve<IShelf<Book>>();

        Assert.Equal("a book", shelf.Find<int>(1).Title);
        Assert.Equal("2 books", shelf.Describe(2));
        Assert.Equal("counted", shelf.Count());
        Assert.Equal("mine", shelf.Owner());
        dynamic late = shelf;
        Assert.Equal("3 books", (string)late.Describe(3));

        Assert.Equal(
            "IShelf<Book>.Find<int>; IShelf<Book>.Describe; IShelf<Book>.Count; IOwned.Owner; IShelf<Book>.Describe",
            await container.TreesAsync());
    }

    [Fact]
    public async Task A_ref_struct_parameter_behaves_as_with_a_bare_proxy()
    {
        await using var container = Interfaces<Summing>();
        var traced = container.Resolve<ISumming>();
        var bare = new ProxyGenerator().CreateInterfaceProxyWithTarget<ISumming>(new Summing());

        var expected = Record.Exception(() => bare.Sum([1, 2]));
        var actual = Record.Exception(() => traced.Sum([1, 2]));

        Assert.IsType<InvalidProgramException>(expected);
        Assert.IsType<InvalidProgramException>(actual);
        Assert.Empty(await container.TracesAsync());
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Accessors_events_disposal_and_the_members_of_object_are_not_traced(bool ofInterface)
    {
        await using var container = new TracedContainer(builder =>
        {
            var device = builder.RegisterType<Device>().As<IDevice>().ExternallyOwned().InterceptedBy(typeof(OpenlayerInterceptor));
            _ = ofInterface ? device.EnableInterfaceInterceptors() : device.EnableClassInterceptors();
        });
        var device = container.Resolve<IDevice>();

        device.Name = "lamp";
        Assert.Equal("lamp", device.Name);
        Assert.Equal(1, device[1]);
        device.Changed += static (_, _) => { };
        device.Changed -= static (_, _) => { };
        Assert.Equal(device.GetHashCode(), device.GetHashCode());
        Assert.False(device.Equals(null));
        Assert.NotNull(device.ToString());
        device.Switch();
        device.Dispose();
        await device.DisposeAsync();

        Assert.Equal(ofInterface ? "IDevice.Switch" : "Device.Switch", await container.TreesAsync());
    }

    [Fact]
    public async Task Protected_methods_of_a_class_are_traced_only_with_the_attribute()
    {
        await using var container = new TracedContainer(static builder =>
            builder.RegisterType<Kitchen>().EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor)));

        container.Resolve<Kitchen>().Cook();

        Assert.Equal("Chef.Cook(Chef.Taste)", await container.TreesAsync());
    }

    private static string Json(object? captured) => System.Text.Json.JsonSerializer.Serialize(captured);

    private static TracedContainer Interfaces<TService>()
        where TService : notnull => new(static builder => builder.RegisterType<TService>()
            .AsImplementedInterfaces()
            .EnableInterfaceInterceptors()
            .InterceptedBy(typeof(OpenlayerInterceptor)));

    public interface IParser
    {
        bool TryParse(string text, ref int number, in int offset, out int length);

        string Join(char separator = ',', params string[] parts);

        Task<int> StartAsync(out string id);
    }

    public interface IOwned
    {
        string Owner();
    }

    public interface IShelf<T> : IOwned
    {
        T Find<TKey>(TKey key);

        string Describe(int count) => $"{count} books";

        string Count();
    }

    public interface ISumming
    {
        int Sum(Span<int> numbers);
    }

    public interface IDevice : IDisposable, IAsyncDisposable
    {
        event EventHandler Changed;

        string Name { get; set; }

        int this[int index] { get; }

        void Switch();

        bool Equals(object? other);

        int GetHashCode();

        string? ToString();
    }

    public sealed class Parser : IParser
    {
        public bool TryParse(string text, ref int number, in int offset, out int length)
        {
            length = text.Length;
            number += length;
            return offset == 10;
        }

        public string Join(char separator = ',', params string[] parts) => string.Join(separator, parts);

        public Task<int> StartAsync(out string id)
        {
            id = "job 7";
            return Task.FromResult(7);
        }
    }

    public sealed record Book(string Title);

    public sealed class Shelf : IShelf<Book>
    {
        public Book Find<TKey>(TKey key) => new("a book");

        public string Owner() => "mine";

        string IShelf<Book>.Count() => "counted";
    }

    public sealed class Summing : ISumming
    {
        public int Sum(Span<int> numbers) => numbers.Length;
    }

    public class Device : IDevice
    {
        public virtual event EventHandler Changed
        {
            add { }
            remove { }
        }

        public virtual string Name { get; set; } = "";

        public virtual int this[int index] => index;

        public virtual void Switch()
        {
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        public virtual ValueTask DisposeAsync()
        {
            GC.SuppressFinalize(this);
            return default;
        }

        protected virtual void Dispose(bool disposing)
        {
        }
    }

    [Trace(Name = "Chef")]
    public class Kitchen
    {
        public virtual void Cook()
        {
            Season();
            Taste();
        }

        protected virtual void Season()
        {
        }

        [Trace]
        protected virtual void Taste()
        {
        }
    }
}
