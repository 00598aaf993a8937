using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Tests.Reflection;

public sealed class TypeCacheTests
{
    [Fact]
    public void A_value_is_computed_once_for_each_type_also_if_it_is_null()
    {
        var computed = new List<Type>();
        var cache = new TypeCache<string?>(type =>
        {
            computed.Add(type);
            return type == typeof(int) ? null : type.Name;
        });

        Assert.Null(cache.Get(typeof(int)));
        Assert.Null(cache.Get(typeof(int)));
        Assert.Equal("String", cache.Get(typeof(string)));
        Assert.Equal("String", cache.Get(typeof(string)));
        Assert.Equal([typeof(int), typeof(string)], computed);
    }

    [Fact]
    public void A_value_can_be_looked_up_without_being_computed()
    {
        var cache = new TypeCache<string>(static type => type.Name);

        Assert.False(cache.TryGet(typeof(int), out _));
        cache.Get(typeof(int));
        Assert.True(cache.TryGet(typeof(int), out var name));
        Assert.Equal("Int32", name);
    }

    [Fact]
    public void A_place_of_look_ups_has_the_values_of_its_cache()
    {
        var place = new LastType<string?>(new TypeCache<string?>(static type => type == typeof(int) ? null : type.Name));

        Assert.Equal(
            ["String", "String", null, null, "String"],
            new[] { typeof(string), typeof(string), typeof(int), typeof(int), typeof(string) }.Select(place.Get));
    }
}
