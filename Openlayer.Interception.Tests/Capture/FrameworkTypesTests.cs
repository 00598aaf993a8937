using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Tests.Capture;

/// <summary>Capturing an object of the framework changes nothing about it.</summary>
public sealed class FrameworkTypesTests
{
    // Creating one of these changes the process or the thread.
    private static readonly string[] NotCreated = ["Microsoft.AspNetCore.Builder", "Microsoft.AspNetCore.Hosting", "Microsoft.Extensions.Hosting", "System.Transactions"];

    // What these keep when they are read makes no difference to code that uses them.
    private static readonly Dictionary<string, string> Harmless = new(StringComparer.Ordinal)
    {
        ["Microsoft.AspNetCore.Http.DefaultHttpContext"] = "where it found a feature",
        ["Microsoft.Net.Http.Headers.RangeHeaderValue"] = "an empty list",
        ["System.Net.Http.ByteArrayContent"] = "empty headers",
        ["System.Net.Http.HttpRequestMessage"] = "empty headers",
        ["System.Net.Http.HttpResponseMessage"] = "empty headers",
        ["System.Net.Http.StreamContent"] = "empty headers",
        ["System.Net.Http.StringContent"] = "a header in its parsed form",
    };

    private static readonly object?[][] Arguments =
    [
        [], ["a"], [1], [new Uri("https://example.com/")], [new byte[] { 1 }], [typeof(int)], ["a", "b"], [1, 2], [new MemoryStream([1])], [new StringReader("a")],
        [TimeSpan.FromMinutes(1)], [true], [new object()],
    ];

    [Fact]
    public void No_object_of_the_framework_changes_when_it_is_captured()
    {
        var failures = new SortedSet<string>(StringComparer.Ordinal);
        var count = 0;

        // What a constructor leaves on its thread ends with it.
        var thread = new Thread(() => count = CaptureAll(failures));
        thread.Start();
        thread.Join();
        Assert.True(count > 800, $"Only {count} types were created.");
        Assert.True(failures.Count == 0, $"{failures.Count} of {count}:\n{string.Join("\n", failures)}");
    }

    private static int CaptureAll(SortedSet<string> failures)
    {
        var count = 0;
        foreach (var type in Types())
        {
            if (Create(type) is not { } value)
            {
                continue;
            }

            count++;
            var before = State.Of(value);
            if (State.Of(value) != before)
            {
                // A clock, or a buffer that others use.
                continue;
            }

            new ValueCapture(new(new()), suppressor: null).Capture(value);
            var after = State.Of(value);
            if (after != before && !Harmless.ContainsKey(type.FullName!))
            {
                failures.Add($"{type.FullName}: {State.Difference(before, after)}");
            }
        }

        return count;
    }

    [Fact]
    public void A_handle_is_recorded_by_its_name_and_works_as_before()
    {
        var file = new FileInfo(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()));
        Assert.Equal($"\"{file.FullName}\"", Snapshots.Of(file));
        Assert.Equal($$"""{"file":"{{file.FullName}}","folder":"{{Path.GetTempPath()}}"}""", Snapshots.Of(new { file, folder = new DirectoryInfo(Path.GetTempPath()) }));
        File.WriteAllText(file.FullName, "a");
        Assert.True(file.Exists);
        file.Delete();

        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        Assert.Equal("\"[TcpClient]\"", Snapshots.Of(client));
        Assert.Equal("\"[Socket]\"", Snapshots.Of(socket));
        Assert.Equal("\"[TcpListener]\"", Snapshots.Of(listener));
        client.Connect((IPEndPoint)listener.LocalEndpoint);
        socket.Connect(listener.LocalEndpoint);

        var start = new ProcessStartInfo("a");
        Assert.Equal("\"[ProcessStartInfo]\"", Snapshots.Of(start));
        var matches = new Regex("a").Matches("aaa");
        Assert.Equal("\"[MatchCollection]\"", Snapshots.Of(matches));
        Assert.Equal("""{"match":"a","groups":"[GroupCollection]"}""", Snapshots.Of(new { match = matches[0], groups = matches[0].Groups }));
    }

    [Theory]
    [MemberData(nameof(Handles))]
    public void A_handle_is_a_mark_alone_in_an_object_and_as_a_base_class(object handle, string name)
    {
        Assert.Equal($"\"[{name}]\"", Snapshots.Of(handle));
        Assert.Equal($"{{\"Value\":\"[{name}]\"}}", Snapshots.Of(new { Value = handle }));
    }

    public static TheoryData<object, string> Handles() => new()
    {
        { new SemaphoreSlim(1), "SemaphoreSlim" },
        { new ManualResetEventSlim(), "ManualResetEventSlim" },
        { new CountdownEvent(1), "CountdownEvent" },
        { new Barrier(1), "Barrier" },
        { new ReaderWriterLockSlim(), "ReaderWriterLockSlim" },
        { new Mutex(), "Mutex" },
        { new PeriodicTimer(TimeSpan.FromHours(1)), "PeriodicTimer" },
        { new System.Timers.Timer(), "Timer" },
        { new Stopwatch(), "Stopwatch" },
        { new WeakReference<object>(new object()), "WeakReference<object>" },
        { new WeakReference(new object()), "WeakReference" },
        { System.Threading.Channels.Channel.CreateUnbounded<int>(), "Channel<int>" },
        { System.Threading.Channels.Channel.CreateUnbounded<int>().Reader, "ChannelReader<int>" },
        { AppDomain.CurrentDomain, "AppDomain" },
        { new HttpListener(), "HttpListener" },
        { new UdpClient(), "UdpClient" },
        { new Ping(), "Ping" },
        { new Activity("a"), "Activity" },
        { new FileSystemWatcher(), "FileSystemWatcher" },
        { System.Security.Cryptography.Aes.Create(), "Aes" },
        { System.Security.Cryptography.RSA.Create(), "RSA" },
        { new System.Security.SecureString(), "SecureString" },
        { new System.Net.Mail.SmtpClient(), "SmtpClient" },
        { new JsonSerializerOptions(), "JsonSerializerOptions" },
        { new System.Runtime.Loader.AssemblyLoadContext("a", true), "AssemblyLoadContext" },
        { new System.Collections.Concurrent.BlockingCollection<int> { 1 }, "BlockingCollection<int>" },
        { new System.ComponentModel.BackgroundWorker(), "BackgroundWorker" },
        { new ConditionalWeakTable<object, object>(), "ConditionalWeakTable<object, object>" },
        { System.Xml.XmlReader.Create(new StringReader("<a/>")), "XmlReader" },
        { new OwnTimer(), "OwnTimer" },
        { new OwnSession(), "OwnSession" },
        { NullLogger.Instance, "NullLogger" },
        { Microsoft.Extensions.Options.Options.Create(new object()), "OptionsWrapper<object>" },
        { new MemoryCache(new MemoryCacheOptions()), "MemoryCache" },
        { new ServiceCollection().BuildServiceProvider(), "ServiceProvider" },
    };

    private static IEnumerable<Type> Types()
    {
        var folders = new[] { typeof(object).Assembly.Location, typeof(HttpContext).Assembly.Location }.Select(static file => Path.GetDirectoryName(file)!).Distinct();
        foreach (var file in folders.SelectMany(static folder => Directory.GetFiles(folder, "*.dll")).Order(StringComparer.Ordinal))
        {
            Type[] types;
            try
            {
                types = Assembly.LoadFrom(file).GetExportedTypes();
            }
            catch (Exception exception) when (exception is BadImageFormatException or FileLoadException or FileNotFoundException or TypeLoadException or ReflectionTypeLoadException)
            {
                continue;
            }

            foreach (var type in types)
            {
                if (type is { IsAbstract: false, IsEnum: false, IsByRefLike: false }
                    && !type.IsAssignableTo(typeof(Delegate))
                    && !Array.Exists(NotCreated, name => type.Namespace?.StartsWith(name, StringComparison.Ordinal) == true)
                    && Closed(type) is { } closed)
                {
                    yield return closed;
                }
            }
        }
    }

    private static Type? Closed(Type type)
    {
        try
        {
            var closed = type.IsGenericTypeDefinition
                ? type.MakeGenericType([.. type.GetGenericArguments().Select(static argument => (argument.GenericParameterAttributes & GenericParameterAttributes.NotNullableValueTypeConstraint) != 0 ? typeof(int) : typeof(string))])
                : type;
            RuntimeHelpers.RunClassConstructor(closed.TypeHandle);
            return closed;
        }
        catch (Exception exception) when (exception is ArgumentException or TypeLoadException or TypeInitializationException or NotSupportedException)
        {
            return null;
        }
    }

    private static object? Create(Type type)
    {
        foreach (var arguments in Arguments)
        {
            try
            {
                if (type.GetConstructor([.. arguments.Select(static argument => argument!.GetType())]) is { } constructor)
                {
                    return constructor.Invoke(arguments);
                }
            }
            catch (Exception)
            {
                // Not with these arguments.
            }
        }

        return type.IsValueType ? Activator.CreateInstance(type) : null;
    }

    public sealed class OwnTimer : System.Timers.Timer;

    public sealed class OwnSession : ISession
    {
        public bool IsAvailable => throw new InvalidOperationException("The session was loaded.");

        public string Id => throw new InvalidOperationException("The session was loaded.");

        public IEnumerable<string> Keys => throw new InvalidOperationException("The session was loaded.");

        public void Clear() => throw new NotSupportedException();

        public Task CommitAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task LoadAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public void Remove(string key) => throw new NotSupportedException();

        public void Set(string key, byte[] value) => throw new NotSupportedException();

        public bool TryGetValue(string key, out byte[] value) => throw new NotSupportedException();
    }

    /// <summary>The fields of an object, and of the objects in them.</summary>
    private static class State
    {
        private const int MaxDepth = 4;
        private const int MaxLength = 200_000;
        private const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

        public static string Of(object value)
        {
            var text = new StringBuilder();
            Append(text, value, new Dictionary<object, int>(ReferenceEqualityComparer.Instance), 0);
            return text.ToString();
        }

        public static string Difference(string before, string after)
        {
            var one = before.Split('\n');
            var other = after.Split('\n');
            var index = Enumerable.Range(0, Math.Min(one.Length, other.Length)).FirstOrDefault(line => one[line] != other[line]);
            return $"{one[index].Trim()} -> {other[index].Trim()}";
        }

        private static void Append(StringBuilder text, object? value, Dictionary<object, int> seen, int depth)
        {
            switch (value)
            {
                case null:
                    text.Append("null\n");
                    return;
                case Uri address:
                    text.Append(CultureInfo.InvariantCulture, $"{address.OriginalString}\n");
                    return;
                case string or bool or char or IntPtr or UIntPtr or decimal or DateTime or DateTimeOffset or TimeSpan or Guid or Enum:
                    text.Append(CultureInfo.InvariantCulture, $"{value}\n");
                    return;
                case Pointer or Type or MemberInfo or Assembly or Module or Thread or Delegate or CultureInfo or Encoding:
                    text.Append(CultureInfo.InvariantCulture, $"{value.GetType().Name} {RuntimeHelpers.GetHashCode(value)}\n");
                    return;
            }

            var type = value.GetType();
            if (type.IsPrimitive)
            {
                text.Append(CultureInfo.InvariantCulture, $"{value}\n");
                return;
            }

            if (!type.IsValueType)
            {
                if (seen.TryGetValue(value, out var known))
                {
                    text.Append(CultureInfo.InvariantCulture, $"#{known}\n");
                    return;
                }

                seen.Add(value, seen.Count);
            }

            text.Append(CultureInfo.InvariantCulture, $"{type.Name} {(type.IsValueType ? 0 : RuntimeHelpers.GetHashCode(value))}\n");
            if (depth == MaxDepth || text.Length > MaxLength)
            {
                return;
            }

            if (value is Array array)
            {
                foreach (var item in array.Cast<object?>().Take(50))
                {
                    text.Append(' ', depth + 1);
                    Append(text, item, seen, depth + 1);
                }

                return;
            }

            for (var current = type; current is not null; current = current.BaseType)
            {
                foreach (var field in current.GetFields(Instance))
                {
                    // The message of an exception without one is created on first use.
                    if (field.Name != "_message"
                        && !field.FieldType.IsPointer && !field.FieldType.IsFunctionPointer && !field.FieldType.IsByRefLike)
                    {
                        text.Append(' ', depth + 1).Append(current.Name).Append('.').Append(field.Name).Append(' ');
                        Append(text, field.GetValue(value), seen, depth + 1);
                    }
                }
            }
        }
    }
}
