namespace Openlayer.Interception.Guardrails.PersonalData;

/// <summary>Personal data in a text.</summary>
/// <param name="Start">Where it starts.</param>
/// <param name="End">Where it ends, exclusive.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Confidence">How certain that is, from 0 to 1.</param>
internal readonly record struct PersonalDataMatch(int Start, int End, PersonalDataKind Kind, double Confidence);
