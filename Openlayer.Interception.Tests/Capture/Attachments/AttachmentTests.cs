using System.Text;
using System.Text.Json;
using Openlayer.Interception.Tests.Publishing;

namespace Openlayer.Interception.Tests.Capture.Attachments;

public sealed class AttachmentTests
{
    private const string Md5OfHello = "5d41402abc4b2a76b9719d911017c592";

    private static readonly byte[] Png = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    public static TheoryData<byte[], string> Formats => new()
    {
        { Png, "image/png" },
        { [0xFF, 0xD8, 0xFF, 0xE0], "image/jpeg" },
        { Encoding.ASCII.GetBytes("GIF89a"), "image/gif" },
        { Encoding.ASCII.GetBytes("RIFF\0\0\0\0WEBPVP8 "), "image/webp" },
        { Encoding.ASCII.GetBytes("RIFF\0\0\0\0WAVEfmt "), "audio/wav" },
        { Encoding.ASCII.GetBytes("ID3\u0003"), "audio/mpeg" },
        { Encoding.ASCII.GetBytes("OggS"), "audio/ogg" },
        { Encoding.ASCII.GetBytes("\0\0\0\u0020ftypM4A "), "audio/x-m4a" },
        { Encoding.ASCII.GetBytes("\0\0\0\u0020ftypisom"), "video/mp4" },
        { Encoding.ASCII.GetBytes("%PDF-1.7"), "application/pdf" },
        { Encoding.ASCII.GetBytes("hello"), "application/octet-stream" },
    };

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task The_media_type_is_known_by_how_the_bytes_start_however_they_come(byte[] bytes, string mediaType)
    {
        await using var app = new TracedApplication();
        var trace = await app.TraceAsync("root", step =>
        {
            step.Attach(Attachment.FromBytes(bytes));
            step.Attach(Attachment.FromBase64(Convert.ToBase64String(bytes)));
            step.Attach(Attachment.FromBase64(Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_')));
            step.Attach(Attachment.FromStream(new MemoryStream(bytes)));
        });

        Assert.Equal(4, trace.Root.Attachments.Count);
        Assert.All(trace.Root.Attachments, attachment => Assert.Equal((mediaType, (long?)bytes.Length), (attachment.MediaType, attachment.SizeBytes)));
        Assert.Single(trace.Root.Attachments.Select(static attachment => attachment.ChecksumMd5).Distinct());
    }

    [Theory]
    [InlineData(null, null, "image.png", "image/png")]
    [InlineData("cat.gif", null, "cat.gif", "image/gif")]
    [InlineData("cat", null, "cat", "image/png")]
    [InlineData("cat.gif", "image/webp", "cat.gif", "image/webp")]
    [InlineData(" ", " ", "image.png", "image/png")]
    public void The_media_type_given_counts_then_that_of_the_name_then_that_of_the_bytes(string? name, string? mediaType, string expectedName, string expectedType)
    {
        var attachment = Attachment.FromBytes(Png, name, mediaType);

        Assert.Equal((expectedName, expectedType), (attachment.Name, attachment.MediaType));
    }

    [Fact]
    public void A_data_URI_is_its_bytes_and_its_media_type()
    {
        var base64 = Attachment.FromBase64("data:text/csv;base64,aGVsbG8=");
        var text = Attachment.FromUrl(new Uri("data:text/plain;charset=utf-8,h%C3%A9"));

        Assert.Equal(("text/csv", "file.csv", 5L), (base64.MediaType, base64.Name, base64.SizeBytes));
        Assert.Equal(("text/plain", "file.txt", 3L, null), (text.MediaType, text.Name, text.SizeBytes, text.Url));
    }

    [Fact]
    public void Arguments_that_are_no_attachment_are_rejected()
    {
        Assert.Throws<ArgumentNullException>(static () => Attachment.FromBase64(null!));
        Assert.Throws<ArgumentNullException>(static () => Attachment.FromStream(null!));
        Assert.Throws<ArgumentNullException>(static () => Attachment.FromUrl(null!));
        Assert.Throws<ArgumentException>(static () => Attachment.FromUrl(new Uri("a.txt", UriKind.Relative)));
        Assert.Throws<ArgumentException>(static () => Attachment.FromFile(""));
    }

    [Fact]
    public async Task A_stream_is_read_from_its_position_to_its_end_when_it_is_attached_and_not_disposed()
    {
        await using var app = new TracedApplication();
        using var stream = new MemoryStream("sayhello"u8.ToArray()) { Position = 3 };

        var trace = await app.TraceAsync("root", step => step.Attach(Attachment.FromStream(stream)));

        Assert.Equal(Md5OfHello, Assert.Single(trace.Root.Attachments).ChecksumMd5);
        Assert.Equal((8, true), (stream.Position, stream.CanRead));
    }

    [Fact]
    public async Task A_stream_that_is_an_argument_is_not_read()
    {
        await using var app = new TracedApplication();
        using var stream = new MemoryStream("hello"u8.ToArray());

        var trace = await app.TraceAsync("root", step => step.Inputs["document"] = Attachment.FromStream(stream, "a.txt"));

        Assert.Equal(0, stream.Position);
        var recorded = (JsonElement)trace.Root.Inputs["document"]!;
        Assert.Equal(["id", "name", "mediaType"], recorded.EnumerateObject().Select(static property => property.Name));
    }

    [Fact]
    public async Task Nothing_is_read_for_a_step_that_is_not_recorded()
    {
        await using var app = new TracedApplication(static options => options.SamplingRate = 0);
        using var stream = new MemoryStream("hello"u8.ToArray());

        using (var scope = app.Tracer.StartStep("root"))
        {
            scope.Step.Attach(Attachment.FromStream(stream));
            Assert.Empty(scope.Step.Attachments);
        }

        Assert.Equal(0, stream.Position);
    }

    [Fact]
    public async Task A_stream_that_fails_is_logged_and_left_out()
    {
        await using var app = new TracedApplication();

        var trace = await app.TraceAsync("root", static step =>
        {
            step.Attach(Attachment.FromStream(new BrokenStream()));
            step.Attach(Attachment.FromFile(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString())));
            step.Output = "answered";
        });

        Assert.Equal(("answered", 0), (trace.Root.Output, trace.Root.Attachments.Count));
        Assert.Equal(2, app.Log.Messages.Count(static message => message.Contains("An attachment could not be read.", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Text_that_is_no_base64_is_recorded_by_its_size()
    {
        await using var app = new TracedApplication();

        var trace = await app.TraceAsync("root", static step => step.Attach(Attachment.FromBase64("not base64, at all!", "a.txt")));

        var attachment = Assert.Single(trace.Root.Attachments);
        Assert.Equal(("a.txt", null), (attachment.Name, attachment.ChecksumMd5));
    }

    [Fact]
    public async Task Beyond_the_limit_only_the_size_is_recorded_and_a_stream_is_not_read_to_its_end()
    {
        await using var app = new TracedApplication(static options => options.Attachments.MaxBytes = 100_000);
        using var stream = new MemoryStream(new byte[1_000_000]);

        var trace = await app.TraceAsync("root", step =>
        {
            step.Attach(Attachment.FromBytes(new byte[100_001]));
            step.Attach(Attachment.FromBytes(new byte[100_000]));
            step.Attach(Attachment.FromStream(stream));
        });

        Assert.Equal([null, "0019d23bef56a136a1891211d7007f6f"], trace.Root.Attachments.Take(2).Select(static attachment => attachment.ChecksumMd5));
        Assert.Equal(100_001, trace.Root.Attachments[0].SizeBytes);
        Assert.Null(trace.Root.Attachments[2].ChecksumMd5);
        Assert.InRange(stream.Position, 100_001, 200_000);
    }

    [Fact]
    public async Task Names_addresses_and_metadata_are_redacted()
    {
        await using var app = new TracedApplication();
        const string Key = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJ";

        await app.TraceAsync("root", static step =>
        {
            step.Attach(Attachment.FromBytes("hello"u8.ToArray(), $"{Key}.txt", metadata: new Dictionary<string, object?> { ["password"] = "hunter2", ["key"] = Key }));
            step.Attach(Attachment.FromUrl(new Uri("https://ada:hunter2@example.com/cat.png?X-Amz-Signature=0123456789abcdef0123456789abcdef0123456789abcdef")));
        });

        var row = string.Concat(app.Published.Traces[0].Root.CapturedAttachments.Select(static attached => attached.Captured.ToString()));
        Assert.DoesNotContain("sk-proj-abc", row, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", row, StringComparison.Ordinal);
        Assert.DoesNotContain("0123456789abcdef", row, StringComparison.Ordinal);
        Assert.Contains(Md5OfHello, row, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_are_held_only_if_they_will_be_uploaded()
    {
        foreach (var configure in new Action<OpenlayerOptions>[]
        {
            static options => options.SendToOpenlayer = true,
            static options => options.Attachments.Upload = true,
            static options => (options.SendToOpenlayer, options.Attachments.Upload, options.ApiKey) = (true, true, null),
        })
        {
            await using var app = new TracedApplication(configure);
            using var scope = app.Tracer.StartStep("root");
            scope.Step.Attach(Attachment.FromBytes(new byte[1_000]));
            Assert.Equal(0, app.Tracer.Steps.Capture.Attachments.BytesInMemory);
        }
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override int Read(byte[] buffer, int offset, int count) => throw new IOException();
    }
}
