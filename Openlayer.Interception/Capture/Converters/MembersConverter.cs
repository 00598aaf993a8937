namespace Openlayer.Interception.Capture.Converters;

/// <summary>An object of which a few members are written.</summary>
/// <param name="members">The names in JSON, and what reads the members. A value of null is left out.</param>
internal sealed class MembersConverter(params (string Name, Func<object, object?> Get)[] members) : SnapshotConverter
{
    public override void Write(SnapshotWriter writer, object value)
    {
        if (!writer.TryOpen(value.GetType().IsValueType ? null : value, isObject: true))
        {
            return;
        }

        foreach (var (name, get) in members)
        {
            object? member;
            try
            {
                member = get(value);
            }
            catch (Exception exception)
            {
                member = Placeholders.Threw(exception);
            }

            if (member is not null && !writer.WriteProperty(name, member))
            {
                break;
            }
        }

        writer.Close();
    }
}
