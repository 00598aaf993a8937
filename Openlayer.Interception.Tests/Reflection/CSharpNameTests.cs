using System.Reflection;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Tests.Reflection;

public sealed class CSharpNameTests
{
    [Theory]
    [InlineData(typeof(int), "int")]
    [InlineData(typeof(string), "string")]
    [InlineData(typeof(object), "object")]
    [InlineData(typeof(void), "void")]
    [InlineData(typeof(nint), "nint")]
    [InlineData(typeof(decimal), "decimal")]
    [InlineData(typeof(Guid), "Guid")]
    [InlineData(typeof(DayOfWeek), "DayOfWeek")]
    [InlineData(typeof(int?), "int?")]
    [InlineData(typeof(DateTime?), "DateTime?")]
    [InlineData(typeof(int[]), "int[]")]
    [InlineData(typeof(int?[]), "int?[]")]
    [InlineData(typeof(int[,]), "int[,]")]
    [InlineData(typeof(int[][,]), "int[][,]")]
    [InlineData(typeof(int[,][]), "int[,][]")]
    [InlineData(typeof(int*), "int*")]
    [InlineData(typeof(List<string>), "List<string>")]
    [InlineData(typeof(Dictionary<string, List<int?>>), "Dictionary<string, List<int?>>")]
    [InlineData(typeof(IBox<string>), "IBox<string>")]
    [InlineData(typeof(IBox<IBox<int>>), "IBox<IBox<int>>")]
    [InlineData(typeof(IBox<>), "IBox<T>")]
    [InlineData(typeof((int, string)), "(int, string)")]
    [InlineData(typeof((int, string)?), "(int, string)?")]
    [InlineData(typeof((int Count, (string, bool) Pair)[]), "(int, (string, bool))[]")]
    [InlineData(typeof((int, int, int, int, int, int, int)), "(int, int, int, int, int, int, int)")]
    [InlineData(typeof((int, int, int, int, int, int, int, string)), "(int, int, int, int, int, int, int, string)")]
    [InlineData(typeof((int, int, int, int, int, int, int, string, bool, byte)), "(int, int, int, int, int, int, int, string, bool, byte)")]
    [InlineData(typeof(ValueTuple<int>), "ValueTuple<int>")]
    [InlineData(typeof(Tuple<int, string>), "Tuple<int, string>")]
    [InlineData(typeof(IBox<(int, string)>), "IBox<(int, string)>")]
    [InlineData(typeof(Outer<int>.Plain), "Plain")]
    [InlineData(typeof(Outer<int>.Inner<string>), "Inner<string>")]
    [InlineData(typeof(Task<IReadOnlyList<int>>), "Task<IReadOnlyList<int>>")]
    public void A_type_is_named_as_it_is_written_in_code(Type type, string name) => Assert.Equal(name, CSharpName.Of(type));

    [Fact]
    public void A_by_ref_type_is_named_as_the_type_it_refers_to() =>
        Assert.Equal("int?", CSharpName.Of(typeof(int?).MakeByRefType()));

    [Fact]
    public void A_generic_method_is_named_with_its_type_arguments()
    {
        var method = typeof(CSharpNameTests).GetMethod(nameof(Get), BindingFlags.Static | BindingFlags.NonPublic)!;

        Assert.Equal("Get<T, TKey>", CSharpName.Of(method));
        Assert.Equal("Get<int?, (string, bool)>", CSharpName.Of(method.MakeGenericMethod(typeof(int?), typeof((string, bool)))));
    }

    private static void Get<T, TKey>()
    {
    }

    public interface IBox<T>;

    public static class Outer<T>
    {
        public sealed class Plain;

        public sealed class Inner<TInner>;
    }
}
