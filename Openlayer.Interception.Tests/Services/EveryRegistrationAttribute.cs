using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Openlayer.Interception.Tests.Services;

/// <summary>Runs a theory once for each <see cref="Registration"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class EveryRegistrationAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([.. Enum.GetValues<RegistrationStyle>().Select(static registration => new TheoryDataRow<RegistrationStyle>(registration))]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
