using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Openlayer.Interception.Capture.Redaction;

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
                var siblings = attribute.Parent?.Attributes().Select(static sibling => (sibling.Name.LocalName, sibling.Value));
                writer.WriteText(IsRedacted(writer, attribute.Name.LocalName, NameIn(siblings ?? [])) ? ValueCapture.Redacted : attribute.Value);
                break;
            case XmlAttribute attribute:
                var owned = attribute.OwnerElement?.Attributes.Cast<XmlAttribute>().Select(static sibling => (sibling.LocalName, sibling.Value));
                writer.WriteText(IsRedacted(writer, attribute.LocalName, NameIn(owned ?? [])) ? ValueCapture.Redacted : attribute.Value);
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
                var name = NameIn([.. Attributes(reader)]);
                while (reader.MoveToNextAttribute())
                {
                    xml.WriteAttributeString(
                        reader.Prefix,
                        reader.LocalName,
                        reader.NamespaceURI,
                        IsRedacted(writer, reader.LocalName, name) ? ValueCapture.Redacted : Cut(writer, reader.Value));
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

    // <add key="password" value="hunter2" />
    private static bool IsRedacted(SnapshotWriter writer, string attribute, string? name) =>
        writer.IsRedacted(attribute) || (name is not null && NamedPair.IsValue(attribute) && writer.IsRedacted(name));

    // The attribute that names the one beside it. Null if there is none.
    private static string? NameIn(IEnumerable<(string Name, string Value)> attributes)
    {
        string? weak = null;
        foreach (var (name, value) in attributes)
        {
            switch (NamedPair.RoleOf(name))
            {
                case NamedPair.Role.Name:
                    return value;
                case NamedPair.Role.WeakName:
                    weak ??= value;
                    break;
            }
        }

        return weak;
    }

    private static IEnumerable<(string Name, string Value)> Attributes(XmlReader reader)
    {
        while (reader.MoveToNextAttribute())
        {
            yield return (reader.LocalName, reader.Value);
        }

        reader.MoveToElement();
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
