using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>XML: its text, up to the limit. Elements and attributes with a redacted name have a placeholder as their content.</summary>
internal sealed class XmlConverter : SnapshotConverter
{
    private static readonly XmlWriterSettings Settings = new()
    {
        CheckCharacters = false,
        ConformanceLevel = ConformanceLevel.Auto,
        OmitXmlDeclaration = true,
    };

    public override void Write(SnapshotWriter writer, object value)
    {
        switch (value)
        {
            case XAttribute attribute:
                writer.WriteText(writer.IsRedacted(attribute.Name.LocalName) ? ValueCapture.Redacted : attribute.Value);
                break;
            case XmlAttribute attribute:
                writer.WriteText(writer.IsRedacted(attribute.LocalName) ? ValueCapture.Redacted : attribute.Value);
                break;
            case XContainer container:
                Write(writer, container.CreateReader());
                break;
            case XText text:
                writer.WriteText(text.Value);
                break;
            case XComment comment:
                writer.WriteText(comment.Value);
                break;
            case XDocumentType or XProcessingInstruction:
                writer.WriteText(value.ToString());
                break;
            case XmlDeclaration or XmlProcessingInstruction:
                writer.WriteText(((XmlNode)value).OuterXml);
                break;
            case XmlCharacterData text:
                writer.WriteText(text.Data);
                break;
            case XmlElement or XmlDocument or XmlDocumentFragment:
                Write(writer, new XmlNodeReader((XmlNode)value));
                break;
            default:
                writer.WritePlaceholder(Placeholders.Unread(value.GetType()));
                break;
        }
    }

    private static void Write(SnapshotWriter writer, XmlReader reader)
    {
        var text = new StringBuilder();
        var isCut = false;
        using (reader)
        {
            using var xml = XmlWriter.Create(new StringWriter(text, CultureInfo.InvariantCulture), Settings);
            while (!isCut && reader.Read())
            {
                Copy(writer, reader, xml);
                xml.Flush();
                isCut = text.Length > writer.MaxStringLength || !writer.CanRead(runsCode: false);
            }
        }

        writer.WriteText(text.ToString());
    }

    private static void Copy(SnapshotWriter writer, XmlReader reader, XmlWriter xml)
    {
        switch (reader.NodeType)
        {
            case XmlNodeType.Element:
                var isEmpty = reader.IsEmptyElement;
                var isRedacted = !isEmpty && writer.IsRedacted(reader.LocalName);
                xml.WriteStartElement(reader.Prefix, reader.LocalName, reader.NamespaceURI);
                while (reader.MoveToNextAttribute())
                {
                    xml.WriteAttributeString(
                        reader.Prefix,
                        reader.LocalName,
                        reader.NamespaceURI,
                        writer.IsRedacted(reader.LocalName) ? ValueCapture.Redacted : Cut(writer, reader.Value));
                }

                reader.MoveToElement();
                if (isRedacted)
                {
                    xml.WriteString(ValueCapture.Redacted);
                    SkipContent(writer, reader);
                }

                if (isEmpty || isRedacted)
                {
                    xml.WriteEndElement();
                }

                break;
            case XmlNodeType.EndElement:
                xml.WriteFullEndElement();
                break;
            case XmlNodeType.Text or XmlNodeType.SignificantWhitespace:
                xml.WriteString(Cut(writer, reader.Value));
                break;
            case XmlNodeType.CDATA:
                xml.WriteCData(Cut(writer, reader.Value));
                break;
        }
    }

    // To the end of the element, which the caller's next read leaves.
    private static void SkipContent(SnapshotWriter writer, XmlReader reader)
    {
        var depth = reader.Depth;
        while (reader.Read() && reader.Depth > depth && writer.CanRead(runsCode: false))
        {
        }
    }

    // One more character than is recorded, so that the text is known to be longer.
    private static string Cut(SnapshotWriter writer, string text) =>
        text.Length <= writer.MaxStringLength ? text : text[..JsonText.WholeCharacters(text, Math.Min(text.Length, writer.MaxStringLength + 2))];
}
