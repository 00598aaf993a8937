using System.Text;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>Characters in memory: a string.</summary>
internal sealed class CharactersConverter : SnapshotConverter
{
    public override void Write(SnapshotWriter writer, object value)
    {
        switch (value)
        {
            case char[] characters:
                Write(writer, characters);
                break;
            case Memory<char> characters:
                Write(writer, characters.Span);
                break;
            case ReadOnlyMemory<char> characters:
                Write(writer, characters.Span);
                break;
            case ArraySegment<char> characters:
                Write(writer, characters.AsSpan());
                break;
            case StringBuilder characters:
                Write(writer, characters);
                break;
        }
    }

    // The text may change while it is written, so the part that is kept is copied first, with one more character.
    private static void Write(SnapshotWriter writer, ReadOnlySpan<char> characters)
    {
        var copy = characters[..(int)Math.Min(characters.Length, writer.MaxStringLength + 1L)].ToString();
        writer.WriteText(copy, characters.Length - copy.Length);
    }

    private static void Write(SnapshotWriter writer, StringBuilder characters)
    {
        var length = characters.Length;
        var copy = characters.ToString(0, (int)Math.Min(length, writer.MaxStringLength + 1L));
        writer.WriteText(copy, length - copy.Length);
    }
}
