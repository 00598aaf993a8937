namespace Openlayer.Interception.Publishing;

/// <summary>What a part of a line is, for its colour.</summary>
internal enum TextStyle
{
    Plain,
    Strong,
    Faint,
    Failure,
    Model,
    Tokens,
    Cost,
}
