using Castle.DynamicProxy;
using Openlayer.Interception.ModelClients.Proxies;

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
        var unconstructible = new Unconstructible(1);

        Assert.Same(sealedClient, _factory.ProxyOf(sealedClient, typeof(SealedClient)));
        Assert.Same(unconstructible, _factory.ProxyOf(unconstructible, typeof(Unconstructible)));
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

    public class Unconstructible(int number)
    {
        public int Number { get; } = number;
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
