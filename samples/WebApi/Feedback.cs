namespace WebApi;

/// <summary>What a user thinks of an answer.</summary>
/// <param name="Rating">The rating, from 1 to 5.</param>
/// <param name="Comment">A comment, if any.</param>
public sealed record Feedback(int Rating, string? Comment);
