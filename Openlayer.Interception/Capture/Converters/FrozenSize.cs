namespace Openlayer.Interception.Capture.Converters;

/// <summary>The size of a value that is checked for immutability.</summary>
internal struct FrozenSize
{
    /// <summary>The most objects that are checked. A value with more is written during the call, where an object that occurs often is written once.</summary>
    public const int MaxObjects = 10_000;

    /// <summary>The estimated memory, in bytes.</summary>
    public long Bytes;

    /// <summary>The number of objects so far. One that occurs twice counts twice.</summary>
    public int Objects;
}
