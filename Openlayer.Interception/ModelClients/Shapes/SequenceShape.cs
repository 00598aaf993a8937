using System.Collections;
using System.Text.Json;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.ModelClients.Shapes;

/// <summary>How the items of values of one type are read.</summary>
internal sealed class SequenceShape
{
    private readonly bool _isOfApplication;

    private SequenceShape(Type type)
    {
        // LINQ operators can implement list interfaces, and are lazy all the same. All else may be a list, of the application, too.
        IsOperator = type.Namespace == "System.Linq";
        _isOfApplication = !IsOperator && DeferredSuppression.IsOfApplication(type);
        Access = type == typeof(string) || !(typeof(IEnumerable).IsAssignableFrom(type) || type == typeof(JsonElement)) ? SequenceAccess.Single
            : IsOperator ? SequenceAccess.Enumerated
            : typeof(IList).IsAssignableFrom(type) ? SequenceAccess.List
            : typeof(IReadOnlyList<object?>).IsAssignableFrom(type) ? SequenceAccess.ReadOnlyList
            : SequenceAccess.Enumerated;
    }

    /// <summary>The shapes of all types.</summary>
    public static TypeCache<SequenceShape> Cache { get; } = new(static type => new SequenceShape(type));

    public SequenceAccess Access { get; }

    /// <summary>Whether the values are LINQ operators.</summary>
    public bool IsOperator { get; }

    /// <summary>Call before the items are read, which can be code of the application.</summary>
    public void BeginReading()
    {
        if (_isOfApplication)
        {
            DeferredSuppression.Enter();
        }
    }
}
