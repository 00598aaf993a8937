using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Tests.Reflection;

public sealed class TypeHierarchyTests
{
    [Fact]
    public void The_type_comes_first_and_object_is_left_out() =>
        Assert.Equal([typeof(ArgumentNullException), typeof(ArgumentException), typeof(SystemException), typeof(Exception)], typeof(ArgumentNullException).SelfAndBases());

    [Fact]
    public void A_constructed_type_is_found_on_the_type_its_bases_and_its_interfaces()
    {
        Assert.Equal(typeof(List<int>), typeof(List<int>).ConstructedFrom(typeof(List<>)));
        Assert.Equal(typeof(List<int>), typeof(Numbers).ConstructedFrom(typeof(List<>)));
        Assert.Equal(typeof(IEnumerable<int>), typeof(Numbers).ConstructedFrom(typeof(IEnumerable<>)));
        Assert.Null(typeof(Numbers).ConstructedFrom(typeof(IAsyncEnumerable<>)));
    }

    [Fact]
    public void Iterators_are_compiler_generated_wherever_they_are_written()
    {
        Func<IEnumerable<int>> local = () =>
        {
            return Iterate();

            static IEnumerable<int> Iterate()
            {
                yield return 1;
            }
        };

        Assert.True(Iterator().GetType().IsCompilerGenerated());
        Assert.True(local().GetType().IsCompilerGenerated());
        Assert.True(new { Name = "anonymous" }.GetType().IsCompilerGenerated());
        Assert.False(typeof(Numbers).IsCompilerGenerated());
        Assert.False(typeof(TypeHierarchyTests).IsCompilerGenerated());
    }

    private static IEnumerable<int> Iterator()
    {
        yield return 1;
    }

    private sealed class Numbers : List<int>;
}
