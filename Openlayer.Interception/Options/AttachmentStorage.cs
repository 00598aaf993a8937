namespace Openlayer.Interception;

/// <summary>How the storage of a workspace takes attachments.</summary>
public enum AttachmentStorage
{
    /// <summary>
    /// By the upload address that Openlayer returns: form fields mean S3, an address of Azure Blob Storage or Google Cloud Storage that storage.
    /// Any other address takes a form, as S3 and the local storage do.
    /// </summary>
    Automatic,

    /// <summary>Amazon S3 and what is compatible with it: a form with the fields that Openlayer returns, and the file.</summary>
    S3,

    /// <summary>The storage of an Openlayer installation of one's own: a form with only the file.</summary>
    Local,

    /// <summary>Google Cloud Storage: the bytes as the body of a <c>PUT</c>.</summary>
    GoogleCloud,

    /// <summary>Azure Blob Storage: the bytes as the body of a <c>PUT</c> with <c>x-ms-blob-type: BlockBlob</c>.</summary>
    Azure,
}
