namespace Openlayer.Interception.Tests.Documentation;

/// <summary>The examples of docs/attachments.md, with what they do.</summary>
public sealed class AttachmentExamples
{
    [Fact]
    public async Task A_file_bytes_an_address_and_base64_are_attached()
    {
        var published = new InMemoryTracePublisher();
        var path = Path.GetTempFileName();
        var thumbnail = new byte[] { 0x89, 0x50, 0x4E, 0x47 };
        var scan = Convert.ToBase64String([0x49, 0x49, 0x2A, 0x00]);
        try
        {
            await using var tracer = new OpenlayerTracer(new OpenlayerOptions { SendToOpenlayer = false, Publishers = { published } });
            Attach(tracer, path, thumbnail, scan);
            await tracer.FlushAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            File.Delete(path);
        }

        Assert.Equal(
            [Path.GetFileName(path), "page 1.png", "terms.pdf", "image.tiff"],
            Assert.Single(published.Traces).Root.Attachments.Select(static attachment => attachment.Name));
    }

    private static void Attach(OpenlayerTracer tracer, string path, byte[] thumbnail, string scan)
    {
        using var scope = tracer.StartStep("summarise");
        scope.Step.Attach(Attachment.FromFile(path));
        scope.Step.Attach(Attachment.FromBytes(thumbnail, "page 1.png"));
        scope.Step.Attach(Attachment.FromUrl(new Uri("https://example.com/terms.pdf")));
        scope.Step.Attach(Attachment.FromBase64(scan, mediaType: "image/tiff", metadata: new Dictionary<string, object?> { ["pages"] = 3 }));
    }
}
