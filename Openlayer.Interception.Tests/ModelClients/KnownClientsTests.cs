using Openlayer.Interception.ModelClients;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Tests.ModelClients;

public sealed class KnownClientsTests
{
    [Fact]
    public void Every_client_is_of_a_library_whose_types_are_looked_up() =>
        Assert.All(KnownClients.All, static client => Assert.True(ModelLibraries.IsName(client.AssemblyName!), client.AssemblyName));

    [Fact]
    public void A_type_of_another_library_is_no_known_client() => Assert.Null(KnownClients.Find(typeof(KnownClientsTests)));
}
