using System.Security.Claims;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>Claims: their type and value. Identities and principals: an object of their claims by type. A claim is redacted by its type.</summary>
internal sealed class ClaimsConverter : SnapshotConverter
{
    public override void Write(SnapshotWriter writer, object value)
    {
        if (!writer.TryOpen(value, isObject: true))
        {
            return;
        }

        switch (value)
        {
            case Claim claim:
                writer.WriteProperty(Name(claim), claim.Value);
                break;
            case ClaimsIdentity identity:
                Write(writer, identity.Claims);
                break;
            case ClaimsPrincipal principal:
                Write(writer, principal.Claims);
                break;
        }

        writer.Close();
    }

    private static void Write(SnapshotWriter writer, IEnumerable<Claim> claims)
    {
        var count = 0;
        foreach (var group in claims.Take(writer.MaxItems).GroupBy(Name, StringComparer.Ordinal))
        {
            var values = group.Select(static claim => claim.Value).ToArray();
            if (!writer.WriteProperty(group.Key, values.Length == 1 ? values[0] : values))
            {
                return;
            }

            count += values.Length;
        }

        if (count == writer.MaxItems && claims.Skip(count).Count() is var more and > 0)
        {
            writer.WriteRemainder(Placeholders.MoreEntries(more));
        }
    }

    // Many types are addresses, whose last part is the name.
    private static string Name(Claim claim) => claim.Type[(claim.Type.LastIndexOf('/') + 1)..];
}
