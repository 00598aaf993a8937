using System.Diagnostics;
using System.Net.Sockets;

namespace Openlayer.Interception.Tests.Publishing.Buffer;

/// <summary>The folder contains files that no SDK writes.</summary>
public sealed class HostileFolderTests : IDisposable
{
    private const long MaxBytes = 16 * 1024 * 1024;

    private static readonly TimeSpan HungAfter = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> SetAside =>
    [
        "pipe", "link to a pipe", "link to an endless device", "link to a row", "dangling link", "link to itself", "socket", "empty file",
        "metadata nested 500,000 deep", "row nested 500,000 deep", "config nested 500,000 deep", "a million open brackets", "name of 255 bytes",
        "byte order mark only", "two objects", "null", "zeros",
    ];

    public static TheoryData<string> LeftInPlace =>
    [
        "directory", "link to a directory", "name that is not UTF-8", "file larger than MaxBytes",

        // The superuser may read it.
        .. Environment.UserName == "root" ? Array.Empty<string>() : ["file without permissions"],
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(SetAside))]
    public async Task A_file_that_is_no_row_is_set_aside_and_holds_up_no_row(string kind)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Create(kind);

        Assert.Equal(new BufferReplay(Sent: 1, Failed: 0, Unreadable: 1, Kept: 0), await ReplayAsync());
        Assert.Equal(new BufferReplay(0, 0, 0, 0), await ReplayAsync(hasRow: false));
    }

    [Theory]
    [MemberData(nameof(LeftInPlace))]
    public async Task A_file_whose_content_cannot_be_known_is_left_in_place_and_holds_up_no_row(string kind)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Create(kind);
        var before = Directory.GetFileSystemEntries(_folder.Path);

        Assert.Equal(new BufferReplay(Sent: 1, Failed: 0, Unreadable: 0, Kept: 0), await ReplayAsync());
        Assert.Empty(before.Except(Directory.GetFileSystemEntries(_folder.Path)));

        // .NET cannot delete a file whose name is not UTF-8.
        Run("rm", "-r", _folder.Path);
    }

    [Fact]
    public async Task Nothing_is_moved_or_deleted_through_links_to_folders()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var elsewhere = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(_folder.Path)!, "elsewhere")).FullName;
        var mine = BufferedRows.Plant(elsewhere, "trace_1_1_a.json", BufferedRows.Python("pipe-1"));
        Directory.CreateDirectory(_folder.Path);
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "set-aside"), elsewhere);
        Create("empty file");

        await ReplayAsync();

        Assert.Equal([mine], Directory.GetFileSystemEntries(elsewhere));
    }

    [Fact]
    public async Task Files_that_vanish_and_appear_during_a_replay_hold_up_no_row()
    {
        Directory.CreateDirectory(_folder.Path);
        using var ended = new CancellationTokenSource();
        var changing = Task.Run(
            () =>
            {
                for (var file = 0; !ended.IsCancellationRequested; file++)
                {
                    var path = Path.Combine(_folder.Path, $"trace_{file % 50}_1_b.json");
                    File.WriteAllText(path, BufferedRows.Python("pipe-2"));
                    File.Delete(path);
                }
            },
            Token);

        for (var replay = 0; replay < 20; replay++)
        {
            Assert.Equal((1, 0), ((await ReplayAsync()) is var result ? (result.Sent, result.Unreadable) : default));
        }

        await ended.CancelAsync();
        await changing;
    }

    private static void Pipe(string path) => Run("mkfifo", path);

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private static string Nested(string member)
    {
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 500_000)) + "1" + new string('}', 500_000);
        return member switch
        {
            "row" => BufferedRows.Python("pipe-1").Replace("\"An answer\"", deep, StringComparison.Ordinal),
            "config" => BufferedRows.Python("pipe-1").Replace("[\"q\"]", deep, StringComparison.Ordinal),
            _ => BufferedRows.Python("pipe-1").Replace("\"process_id\":1", $"\"process_id\":{deep}", StringComparison.Ordinal),
        };
    }

    private void Create(string kind)
    {
        Directory.CreateDirectory(_folder.Path);
        var path = Path.Combine(_folder.Path, "trace_0_1_b.json");
        var elsewhere = Path.Combine(Path.GetDirectoryName(_folder.Path)!, "elsewhere");
        switch (kind)
        {
            case "pipe":
                Pipe(path);
                break;
            case "link to a pipe":
                Pipe(elsewhere);
                File.CreateSymbolicLink(path, elsewhere);
                break;
            case "link to an endless device":
                File.CreateSymbolicLink(path, "/dev/zero");
                break;
            case "link to a row":
                File.WriteAllText(elsewhere, BufferedRows.Python("pipe-1"));
                File.CreateSymbolicLink(path, elsewhere);
                break;
            case "dangling link":
                File.CreateSymbolicLink(path, elsewhere);
                break;
            case "link to itself":
                File.CreateSymbolicLink(path, path);
                break;
            case "socket":
                var socket = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}");
                using (var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
                {
                    listening.Bind(new UnixDomainSocketEndPoint(socket));
                    File.Move(socket, path);
                }

                break;
            case "empty file":
                Plant("");
                break;
            case "metadata nested 500,000 deep":
                Plant(Nested("metadata"));
                break;
            case "row nested 500,000 deep":
                Plant(Nested("row"));
                break;
            case "config nested 500,000 deep":
                Plant(Nested("config"));
                break;
            case "a million open brackets":
                Plant(new string('[', 1_000_000));
                break;
            case "name of 255 bytes":
                BufferedRows.Plant(_folder.Path, $"trace_{new string('x', 244)}.json", BufferedRows.Python("pipe-1"));
                break;
            case "byte order mark only":
                Plant("\uFEFF");
                break;
            case "two objects":
                Plant(BufferedRows.Python("pipe-1") + BufferedRows.Python("pipe-1"));
                break;
            case "null":
                Plant("null");
                break;
            case "zeros":
                Plant(new string('\0', 4096));
                break;
            case "directory":
                Directory.CreateDirectory(path);
                break;
            case "link to a directory":
                Directory.CreateSymbolicLink(path, Path.GetDirectoryName(_folder.Path)!);
                break;
            case "name that is not UTF-8":
                Run("sh", "-c", $"touch \"{_folder.Path}/$(printf 'trace_\\377.json')\"");
                break;
            case "file larger than MaxBytes":
                using (var file = File.Create(path))
                {
                    file.SetLength(MaxBytes + 1);
                }

                break;
            case "file without permissions":
                Plant("");
                Run("chmod", "000", path);
                break;
        }

        void Plant(string content) => BufferedRows.Plant(_folder.Path, Path.GetFileName(path), content);
    }

    private async Task<BufferReplay> ReplayAsync(bool hasRow = true)
    {
        await using var server = await OpenlayerServer.StartAsync();
        if (hasRow)
        {
            BufferedRows.Plant(_folder.Path, "trace_1_1_a.json", BufferedRows.Python("pipe-1"));
        }

        await using var app = new TracedApplication(
            options =>
            {
                options.OfflineBuffer.Path = _folder.Path;
                options.OfflineBuffer.MaxBytes = MaxBytes;
            },
            server);
        return await app.Tracer.Buffer.ReplayAsync(cancellationToken: Token).WaitAsync(HungAfter, Token);
    }
}
