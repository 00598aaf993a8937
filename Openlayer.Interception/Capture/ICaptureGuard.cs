namespace Openlayer.Interception.Capture;

/// <summary>Put around code of the user that a capture runs (getters, converters), so that calls it makes into traced services open no steps.</summary>
internal interface ICaptureGuard
{
    /// <summary>Starts the silence. Returns what <see cref="Leave"/> needs to end it.</summary>
    object? Enter();

    void Leave(object? entered);
}
