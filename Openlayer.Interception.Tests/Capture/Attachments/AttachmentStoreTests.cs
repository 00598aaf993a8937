using Openlayer.Interception.Capture.Attachments;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Tests.Capture.Attachments;

public sealed class AttachmentStoreTests
{
    private const int OneKilobyte = 1_024;

    [Fact]
    public void A_small_attachment_waits_in_memory_a_large_one_in_a_file()
    {
        var store = Store(static options => options.MaxBytesInMemory = OneKilobyte);

        var small = Hold(store, Bytes(OneKilobyte, 1));
        var large = Hold(store, Bytes(OneKilobyte + 1, 2));

        Assert.Equal((false, true), (small.Content!.IsOnDisk, large.Content!.IsOnDisk));
        Assert.Equal((OneKilobyte, OneKilobyte + 1), (store.BytesInMemory, store.BytesOnDisk));
        Assert.Equal(Bytes(OneKilobyte, 1), Read(small.Content));
        Assert.Equal(Bytes(OneKilobyte + 1, 2), Read(large.Content));
        small.Release();
        large.Release();
        large.Release();
        Assert.Equal((0, 0), (store.BytesInMemory, store.BytesOnDisk));
    }

    [Theory]
    [InlineData(300, false)]
    [InlineData(5_000, true)]
    [InlineData(300_000, true)]
    public void A_stream_becomes_a_file_where_it_passes_the_limit(int length, bool isOnDisk)
    {
        var store = Store(static options => options.MaxBytesInMemory = OneKilobyte);

        var held = store.Record(Attachment.FromStream(new MemoryStream(Bytes(length, 3))), readsStreams: true)!.Held!;

        Assert.Equal(isOnDisk, held.Content!.IsOnDisk);
        Assert.Equal(Bytes(length, 3), Read(held.Content));
        Assert.Equal(isOnDisk ? (0, length) : (length, 0), (store.BytesInMemory, store.BytesOnDisk));
        held.Release();
        Assert.Equal((0, 0), (store.BytesInMemory, store.BytesOnDisk));
    }

    [Fact]
    public void Without_room_in_memory_attachments_wait_in_files_and_without_room_there_they_are_not_held()
    {
        var store = Store(static options => (options.MaxTotalBytesInMemory, options.MaxTotalBytesOnDisk) = (OneKilobyte, OneKilobyte));

        var first = Hold(store, Bytes(OneKilobyte, 1));
        var second = Hold(store, Bytes(OneKilobyte, 2));
        var third = store.Record(Attachment.FromBytes(Bytes(OneKilobyte, 3)), readsStreams: true)!;

        Assert.Equal((false, true), (first.Content!.IsOnDisk, second.Content!.IsOnDisk));
        Assert.Null(third.Held);
        Assert.Equal(OneKilobyte, third.Attachment.SizeBytes);
        Assert.NotNull(third.Attachment.ChecksumMd5);
        Assert.StartsWith("There was no room", third.Problem, StringComparison.Ordinal);
        first.Release();
        Assert.NotNull(Hold(store, Bytes(OneKilobyte, 3)).Content);
    }

    [Fact]
    public void Equal_bytes_are_kept_once_until_the_last_one_is_released()
    {
        var store = Store();

        HeldAttachment[] held =
        [
            Hold(store, Bytes(OneKilobyte, 1)), Hold(store, Bytes(OneKilobyte, 1)),
            store.Record(Attachment.FromStream(new MemoryStream(Bytes(OneKilobyte, 1))), readsStreams: true)!.Held!,
        ];

        Assert.Single(held.Select(static one => one.Content).Distinct());
        Assert.Equal(OneKilobyte, store.BytesInMemory);
        held[0].Release();
        held[2].Release();
        Assert.Equal(Bytes(OneKilobyte, 1), Read(held[1].Content!));
        held[1].Release();
        Assert.Equal(0, store.BytesInMemory);
        Assert.NotNull(Hold(store, Bytes(OneKilobyte, 1)).Content);
        Assert.Equal(OneKilobyte, store.BytesInMemory);
    }

    [Fact]
    public void Bytes_whose_holder_is_lost_are_freed_by_the_garbage_collector()
    {
        var store = Store(static options => options.MaxBytesInMemory = OneKilobyte);
        Lose(store);

        for (var round = 0; round < 20 && store.BytesInMemory + store.BytesOnDisk > 0; round++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal((0, 0), (store.BytesInMemory, store.BytesOnDisk));

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void Lose(AttachmentStore store)
        {
            Hold(store, Bytes(OneKilobyte, 1));
            Hold(store, Bytes(2 * OneKilobyte, 2));
        }
    }

    [Fact]
    public void A_temporary_file_has_no_name_that_could_outlive_the_process_and_only_its_user_can_read_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The open files of a process are listed on Linux.");
        using var file = TemporaryFile.Create();
        file.Write(0, "secret"u8);

        var open = new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos()
            .Where(static entry => entry.LinkTarget is { } target && target.Contains("/openlayer-", StringComparison.Ordinal) && target.EndsWith(" (deleted)", StringComparison.Ordinal))
            .ToArray();

        Assert.NotEmpty(open);
        if (!OperatingSystem.IsWindows())
        {
            foreach (var entry in open)
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(entry.FullName));
            }
        }

        var read = new byte[16];
        Assert.Equal((6, 0), (file.Read(0, read), file.Read(6, read)));
    }

    [Fact]
    public void Threads_that_hold_and_release_equal_bytes_agree()
    {
        var store = Store();

        Parallel.For(0, 2_000, index =>
        {
            var held = Hold(store, Bytes(OneKilobyte, index % 3));
            Assert.Equal(Bytes(OneKilobyte, index % 3), Read(held.Content!));
            held.Release();
        });

        Assert.Equal(0, store.BytesInMemory);
    }

    private static AttachmentStore Store(Action<AttachmentOptions>? configure = null)
    {
        var options = new AttachmentOptions { Upload = true };
        configure?.Invoke(options);
        return new AttachmentStore(new AttachmentSettings(options, sendsRows: true), log: null);
    }

    private static HeldAttachment Hold(AttachmentStore store, byte[] bytes) => store.Record(Attachment.FromBytes(bytes), readsStreams: false)!.Held!;

    private static byte[] Bytes(int length, int seed) => [.. Enumerable.Range(0, length).Select(index => (byte)((index * 31) + seed))];

    private static byte[] Read(AttachmentContent content)
    {
        var read = new MemoryStream();
        var buffer = new byte[777];
        int count;
        while ((count = content.Read(read.Length, buffer)) > 0)
        {
            read.Write(buffer, 0, count);
        }

        return read.ToArray();
    }
}
