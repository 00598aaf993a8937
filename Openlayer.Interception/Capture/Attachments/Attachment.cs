using System.Collections.ObjectModel;
using Openlayer.Interception.Capture.Attachments;
using Openlayer.Interception.Capture.Media;

namespace Openlayer.Interception;

/// <summary>
/// A file, an image or audio that belongs to a step: see <see cref="Step.Attach"/>. As an argument or a result of a traced call it is recorded
/// in its place. Its name, media type, size and checksum are recorded; its bytes are uploaded if <see cref="AttachmentOptions.Upload"/> is true,
/// and are never part of a row. Immutable; the bytes it was created from must not change until it is attached.
/// </summary>
public sealed class Attachment
{
    private readonly string? _givenMediaType;

    private Attachment(AttachmentSource? source, Uri? url, string? name, string? mediaType, IReadOnlyDictionary<string, object?>? metadata)
    {
        Source = source;
        Url = url;
        Id = Guid.NewGuid().ToString();
        SizeBytes = source?.Length;
        Metadata = metadata is null ? ReadOnlyDictionary<string, object?>.Empty : new Dictionary<string, object?>(metadata);
        _givenMediaType = string.IsNullOrWhiteSpace(mediaType) ? null : mediaType.Trim();
        var fileName = string.IsNullOrWhiteSpace(name) ? source?.FileName ?? NameOf(url) : name;
        MediaType = _givenMediaType ?? MediaTypes.OfName(fileName) ?? source?.MediaType ?? MediaTypes.Default(kind: null);
        Name = fileName ?? MediaTypes.KindOf(MediaType) + MediaTypes.ExtensionOf(MediaType);
    }

    private Attachment(Attachment original, ReadAttachment read)
    {
        Id = original.Id;
        Name = original.Name;
        Url = original.Url;
        Metadata = original.Metadata;
        _givenMediaType = original._givenMediaType;
        MediaType = _givenMediaType ?? MediaTypes.OfName(original.Name) ?? read.MediaType ?? original.MediaType;
        SizeBytes = read.Length;
        ChecksumMd5 = read.ChecksumMd5;
        FilePath = original.FilePath;
    }

    /// <summary>The id: a random UUID, in the form <c>xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx</c>.</summary>
    public string Id { get; }

    /// <summary>The name. Default: that of the file or the last part of the address, else the kind and the extension of the media type.</summary>
    public string Name { get; }

    /// <summary>
    /// The media type. Default: by the extension of the name, else by how the bytes start, else <c>application/octet-stream</c>. That of a file
    /// or a stream can change when it is attached, because it is read then.
    /// </summary>
    public string MediaType { get; }

    /// <summary>The address, if it was created from one. Otherwise null.</summary>
    public Uri? Url { get; }

    /// <summary>The number of bytes. Null if it is not known before they are read, or if there is only an address.</summary>
    public long? SizeBytes { get; }

    /// <summary>
    /// The MD5 of the bytes, as 32 small hexadecimal digits. Null until it is attached, if there are more than
    /// <see cref="AttachmentOptions.MaxBytes"/>, or if there is only an address.
    /// </summary>
    public string? ChecksumMd5 { get; }

    /// <summary>Additional values, by name. Redacted as others are when it is recorded. Default: empty.</summary>
    public IReadOnlyDictionary<string, object?> Metadata { get; }

    /// <summary>Where the bytes come from. Null if there is only an address, or if they have been read.</summary>
    internal AttachmentSource? Source { get; }

    /// <summary>The name of the file that it was created from, without its folder, which says how the machine is organised. Null for none.</summary>
    internal string? FilePath { get; private init; }

    /// <summary>Creates an attachment from bytes.</summary>
    /// <param name="bytes">The bytes. They are not copied, and must not change until it is attached.</param>
    /// <param name="name">The name. Default: see <see cref="Name"/>.</param>
    /// <param name="mediaType">The media type. Default: see <see cref="MediaType"/>.</param>
    /// <param name="metadata">Additional values. Default: none.</param>
    public static Attachment FromBytes(
        ReadOnlyMemory<byte> bytes, string? name = null, string? mediaType = null, IReadOnlyDictionary<string, object?>? metadata = null) =>
        new(new BytesSource(bytes), url: null, name, mediaType, metadata);

    /// <summary>Creates an attachment from base64.</summary>
    /// <param name="data">Base64 in the standard or the URL alphabet, or a data URI, whose media type counts unless another one is given.</param>
    /// <param name="name">The name. Default: see <see cref="Name"/>.</param>
    /// <param name="mediaType">The media type. Default: see <see cref="MediaType"/>.</param>
    /// <param name="metadata">Additional values. Default: none.</param>
    /// <exception cref="ArgumentNullException"><paramref name="data"/> is null.</exception>
    public static Attachment FromBase64(
        string data, string? name = null, string? mediaType = null, IReadOnlyDictionary<string, object?>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        var uri = DataUri.Of(data);
        return new(uri.Source, url: null, name, mediaType ?? uri.MediaType, metadata);
    }

    /// <summary>
    /// Creates an attachment from a file, which is read when it is attached. If it cannot be read then, that is logged, and the attachment is
    /// left out.
    /// </summary>
    /// <param name="path">The path. Only the file's name is recorded.</param>
    /// <param name="name">The name. Default: the file's name.</param>
    /// <param name="mediaType">The media type. Default: see <see cref="MediaType"/>.</param>
    /// <param name="metadata">Additional values. Default: none.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty.</exception>
    public static Attachment FromFile(
        string path, string? name = null, string? mediaType = null, IReadOnlyDictionary<string, object?>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var source = new FileSource(path);
        return new(source, url: null, name, mediaType, metadata) { FilePath = source.FileName };
    }

    /// <summary>
    /// Creates an attachment from a stream. <see cref="Step.Attach"/> reads it, on the calling thread, from its position to its end, or until
    /// more than <see cref="AttachmentOptions.MaxBytes"/> were read; it neither rewinds nor disposes it. On a step that is not recorded, and as an
    /// argument or result of a traced call, nothing is read, so that the called service or the caller can read all of it.
    /// </summary>
    /// <param name="stream">The stream. The caller owns it.</param>
    /// <param name="name">The name. Default: see <see cref="Name"/>.</param>
    /// <param name="mediaType">The media type. Default: see <see cref="MediaType"/>.</param>
    /// <param name="metadata">Additional values. Default: none.</param>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    public static Attachment FromStream(
        Stream stream, string? name = null, string? mediaType = null, IReadOnlyDictionary<string, object?>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return new(new StreamSource(stream), url: null, name, mediaType, metadata);
    }

    /// <summary>
    /// Creates an attachment from an address. It is recorded without user name and password; secrets in it are redacted as in any text. It is not
    /// fetched unless <see cref="AttachmentOptions.UploadUrls"/> is true.
    /// </summary>
    /// <param name="url">An absolute address. A data URI is the same as its bytes.</param>
    /// <param name="name">The name. Default: the last part of the address.</param>
    /// <param name="mediaType">The media type. Default: see <see cref="MediaType"/>.</param>
    /// <param name="metadata">Additional values. Default: none.</param>
    /// <exception cref="ArgumentNullException"><paramref name="url"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="url"/> is not absolute.</exception>
    public static Attachment FromUrl(
        Uri url, string? name = null, string? mediaType = null, IReadOnlyDictionary<string, object?>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(url);
        return !url.IsAbsoluteUri ? throw new ArgumentException("The address must be absolute.", nameof(url))
            : DataUri.Is(url.OriginalString) ? FromBase64(url.OriginalString, name, mediaType, metadata)
            : new(source: null, url, name, mediaType, metadata);
    }

    /// <summary>An attachment of a message.</summary>
    /// <param name="source">The bytes. Null if there are none.</param>
    /// <param name="url">The address. Null if there is none.</param>
    /// <param name="name">The name.</param>
    /// <param name="mediaType">The media type.</param>
    /// <param name="size">The number of bytes, if there is no source.</param>
    /// <param name="metadata">Additional values. Null for none.</param>
    internal static Attachment OfMessage(
        AttachmentSource? source, Uri? url, string name, string mediaType, long? size, IReadOnlyDictionary<string, object?>? metadata)
    {
        var attachment = new Attachment(source, url, name, mediaType, metadata);
        return source is null && size is { } length ? new Attachment(attachment, new ReadAttachment(length, null, null)) : attachment;
    }

    /// <summary>The same attachment with what its bytes say about it.</summary>
    internal Attachment AsRead(ReadAttachment read) => new(this, read);

    private static string? NameOf(Uri? url) =>
        url is { IsAbsoluteUri: true } && url.Segments is [.., var last] && Uri.UnescapeDataString(last.Trim('/')) is { Length: > 0 } name ? name : null;
}
