using Castle.DynamicProxy;
using Microsoft.Extensions.VectorData;
using Openlayer.Interception.ModelClients.Proxies;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.ModelClients.Proxies;

public sealed class ClientProxyFactoryTests
{
    private readonly ClientProxyFactory _factory;

    private readonly List<string> _calls = [];

    public ClientProxyFactoryTests() => _factory = new ClientProxyFactory(new Recorder(_calls));

    public interface IClient
    {
        string Ask();
    }

    public interface IMore
    {
        string More();
    }

    [Fact]
    public void A_client_known_by_an_interface_has_all_its_interfaces()
    {
        var proxy = _factory.ProxyOf(new Client("a"), typeof(IClient));

        Assert.Equal(("asked a", "more"), (((IClient)proxy).Ask(), ((IMore)proxy).More()));
        Assert.Equal(["Ask", "More"], _calls);
    }

    [Fact]
    public void A_client_known_by_its_class_is_copied_so_that_calls_on_itself_are_intercepted()
    {
        var proxy = (Base)_factory.ProxyOf(new Base("a"), typeof(Base));

        Assert.Equal(("asked a", "a"), (proxy.AskTwice(), proxy.Name));
        Assert.Equal(["AskTwice", "Ask"], _calls);
    }

    [Fact]
    public void A_client_of_a_hidden_class_is_called_through_its_visible_base_class()
    {
        var proxy = (Base)_factory.ProxyOf(new Hidden("a"), typeof(Base));

        Assert.Equal(("hidden a", "a"), (proxy.Ask(), proxy.Name));
        Assert.Equal(["Ask"], _calls);
    }

    [Fact]
    public void A_client_has_one_proxy_and_a_proxy_none()
    {
        var client = new Base("a");
        var proxy = _factory.ProxyOf(client, typeof(Base));

        Assert.Same(proxy, _factory.ProxyOf(client, typeof(Base)));
        Assert.Same(proxy, _factory.ProxyOf(proxy, typeof(Base)));
    }

    [Fact]
    public void A_client_that_cannot_be_proxied_is_returned_itself()
    {
        var sealedClient = new SealedClient();

        Assert.Same(sealedClient, _factory.ProxyOf(sealedClient, typeof(SealedClient)));
    }

    [Fact]
    public void A_copy_runs_no_constructor()
    {
        var proxy = (Counted)_factory.ProxyOf(Counted.Create(7), typeof(Counted));

        Assert.Equal((7, 8, 1), (proxy.Number, proxy.Next(), Counted.Constructions));
        Assert.Equal(["Next"], _calls);
    }

    [Fact]
    public void A_copy_has_the_members_of_a_client_s_interface_that_its_class_does_not_make_virtual()
    {
        var proxy = _factory.ProxyOf(new HotelCollection("hotels", embeddings: null), typeof(VectorStoreCollection<string, Hotel>));

        Assert.NotNull(((IKeywordHybridSearchable<Hotel>)proxy).HybridSearchAsync("cosy", ["bar"], 1, cancellationToken: TestContext.Current.CancellationToken));
        Assert.NotNull(((HotelCollection)proxy).SearchAsync("cosy", 1, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(["HybridSearchAsync", "SearchAsync"], _calls);
    }

    public class Base
    {
        private readonly string _name = "";

        public Base(string name) => _name = name;

        protected Base()
        {
        }

        // Not virtual: the proxy's own fields answer.
        public string Name => _name;

        public virtual string Ask() => $"asked {_name}";

        public virtual string AskTwice() => Ask();
    }

    public sealed class SealedClient;

    public class Counted
    {
        internal Counted(int number)
        {
            Number = number;
            Constructions++;
        }

        public static int Constructions { get; private set; }

        public int Number { get; }

        public static Counted Create(int number) => new(number);

        public virtual int Next() => Number + 1;
    }

    private sealed class Recorder(List<string> calls) : IInterceptor
    {
        public void Intercept(IInvocation invocation)
        {
            calls.Add(invocation.Method.Name);
            invocation.Proceed();
        }
    }

    private sealed class Client(string name) : IClient, IMore
    {
        public string Ask() => $"asked {name}";

        public string More() => "more";
    }

    private sealed class Hidden(string name) : Base(name)
    {
        public override string Ask() => $"hidden {Name}";
    }
}
