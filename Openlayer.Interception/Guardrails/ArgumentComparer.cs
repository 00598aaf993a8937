namespace Openlayer.Interception.Guardrails;

/// <summary>Compares arguments by identity, and texts and numbers by value. Runs no code of the application.</summary>
internal sealed class ArgumentComparer : IEqualityComparer<object?>
{
    public static readonly ArgumentComparer Instance = new();

    public new bool Equals(object? x, object? y) =>
        ReferenceEquals(x, y)
        || (x is string text ? text.Equals(y as string, StringComparison.Ordinal) : x is not null && y is not null && x.GetType() == y.GetType() && x.GetType().IsPrimitive && x.Equals(y));

    public int GetHashCode(object? obj) => 0;
}
