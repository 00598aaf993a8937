namespace Openlayer.Interception.Benchmarks.Services;

/// <summary>An argument of ten properties.</summary>
public sealed record Customer(
    int Number,
    string Name,
    string Street,
    string City,
    string Country,
    bool IsActive,
    double Balance,
    DateTime Since,
    Guid Reference,
    string? Note)
{
    public static Customer Example(int number) => new(
        number, "Ada Lovelace", "12 St James's Square", "London", "GB", true, 12.5, new DateTime(2024, 1, 2, 3, 4, 5, DateTimeKind.Utc), new Guid(number, 0, 0, new byte[8]), null);
}
