using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Specialized;
using System.Data;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using System.Text;
using System.Xml.Linq;

namespace Openlayer.Interception.Tests.Capture;

/// <summary>Getters that wait, or that use a database, the file system or the network, do not run.</summary>
public sealed class GetterEffectTests
{
    // The values never reach an assertion or a theory: xunit reads all properties to print them.
    [Fact]
    public void A_getter_with_an_effect_does_not_run()
    {
        var examples = WithEffects();
        Assert.Equal(examples.Select(static example => example.Json), examples.Select(static example => Snapshots.Of(example.Value)).ToArray());
    }

    private static (object Value, string Json)[] WithEffects() =>
    [
        (new Locked(), """{"Value":"held","Total":"[not read: Monitor.Enter]","Deep":"[not read: Monitor.Enter]"}"""),
        (new NewLock(), """{"Value":1}"""),
        (new Semaphored(), """{"Value":1,"Other":"[not read: SemaphoreSlim.Wait]"}"""),
        (new ReaderWriter(), """{"Value":1}"""),
        (new Waiting(), """{"Result":"[not read: Task<int>.Result]","Awaited":"[not read: TaskAwaiter<int>.GetResult]","Slept":"[not read: Thread.Join]"}"""),
        (new Files(), """{"Exists":"[not read: File.Exists]","Content":"[not read: File.ReadAllText]","Path":"a"}"""),
        (new Net(), """{"Page":"[not read: HttpClient.GetStringAsync]","Address":"[not read: Dns.GetHostAddresses]"}"""),
        (new Database(null), """{"Count":"[not read: IDbCommand.ExecuteScalar]"}"""),
        (new LazilyLoaded(static (_, _) => throw new InvalidOperationException("The loader ran.")), """{"Id":1,"Posts":null}"""),
        (new Late(), """{"Value":"[Lazy<int>]","Created":2,"Loaded":"[Task<int>]","Rows":"[lazy IQueryable<int>]","Any":"[not read: File.Exists]","Other":"[not read: Monitor.Enter]"}"""),
        (new LockedList(), "\"[not read: Monitor.Enter]\""),
        (new LockedMap(), "\"[not read: Monitor.Enter]\""),
        (new Synchronized(), """{"Value":"held","Other":"[not read: Monitor.Enter]","Set":1}"""),
        (new Blocking(null), """{"Taken":"[not read: BlockingCollection<int>.Take]","Total":"[not read: ParallelEnumerable.AsParallel]","Service":"[not read: IServiceProvider.GetService]","Loaded":"[not read: XDocument.Load]"}"""),
        (new Indirect(), """{"Explicit":"[not read: Monitor.Enter]","Initialized":"[not read: LazyInitializer.EnsureInitialized]","Text":"[not read: Monitor.Enter]","Far":"[not read: Monitor.Enter]","Overridden":"[not read: Monitor.Enter]"}"""),
        (new OwnPrincipal(), "\"[not read: Monitor.Enter]\""),
        (new OwnIdentity(), "\"[not read: File.ReadAllLines]\""),
        (new OwnException(), $$"""{"type":"{{typeof(OwnException)}}","message":"[not read: Monitor.Enter]"}"""),
        (new AggregateException(new OwnException()), $$"""{"type":"System.AggregateException","message":"[not read: Monitor.Enter]","inner":[{"type":"{{typeof(OwnException)}}","message":"[not read: Monitor.Enter]"}]}"""),
        (new OwnEncoding(), "\"[not read: Monitor.Enter]\""),
        (new OwnNames { ["a"] = "1" }, "\"[not read: Monitor.Enter]\""),
        (new DerivedLocked(), """{"Value":"held","Total":"[not read: Monitor.Enter]","Deep":"[not read: Monitor.Enter]"}"""),
    ];

    [Fact]
    public void A_getter_without_an_effect_runs()
    {
        Assert.Equal(
            """{"Full":"Ada Lovelace","Count":2,"Items":[1],"Changed":1,"Path":"a/b","Joined":"1,2"}""",
            Snapshots.Of(new Computed()).Replace(@"\\", "/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_caller_that_blocks_on_the_result_while_it_holds_the_lock_of_a_getter_is_not_blocked()
    {
        await using var tracer = new OpenlayerTracer(new OpenlayerOptions { Publishers = { new InMemoryTracePublisher() }, ApiKey = null });
        var service = tracer.Intercept<IResults>(new Results());
        var gate = Results.Gate;
        var cancellationToken = TestContext.Current.CancellationToken;
        void Call()
        {
            lock (gate)
            {
                // The result of the task is captured on another thread, which must not wait for the gate.
                _ = service.SlowAsync().GetAwaiter().GetResult();
                Task.Run(service.Get, cancellationToken).GetAwaiter().GetResult();
                Task.Run(() => service.Take(new Guarded()), cancellationToken).GetAwaiter().GetResult();
                Assert.Throws<GuardedException>(() => service.FailAsync().GetAwaiter().GetResult());
            }
        }

        await Task.Run(Call, cancellationToken).WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
    }

    public interface IResults
    {
        Task<Guarded> SlowAsync();

        Guarded Get();

        void Take(Guarded argument);

        Task<Guarded> FailAsync();
    }

    public sealed class Guarded
    {
        private readonly string _value = "held";

        [Promote("guarded")]
        public string Value
        {
            get
            {
                lock (Results.Gate)
                {
                    return _value;
                }
            }
        }

        [Promote("length")]
        public int Length
        {
            get
            {
                lock (Results.Gate)
                {
                    return _value.Length;
                }
            }
        }
    }

    public sealed class GuardedException : Exception
    {
        public override string Message
        {
            get
            {
                lock (Results.Gate)
                {
                    return "guarded";
                }
            }
        }
    }

    private sealed class Results : IResults
    {
        public static readonly object Gate = new();

        public async Task<Guarded> SlowAsync()
        {
            await Task.Yield();
            return new Guarded();
        }

        public async Task<Guarded> FailAsync()
        {
            await Task.Yield();
            throw new GuardedException();
        }

        public Guarded Get() => new();

        public void Take(Guarded argument)
        {
        }
    }

    private class Locked
    {
        private readonly object _gate = new();
        private readonly string _value = "held";

        public string Value
        {
            get
            {
                lock (_gate)
                {
                    return _value;
                }
            }
        }

        public int Total
        {
            get
            {
                lock (_gate)
                {
                    return _value.Length;
                }
            }
        }

        public int Deep => First();

        private int First() => Second();

        private int Second() => Total;
    }

    private sealed class DerivedLocked : Locked;

    private sealed class Synchronized
    {
        private readonly string _value = "held";

        public string Value
        {
            [MethodImpl(MethodImplOptions.Synchronized)]
            get => _value;
        }

        public int Other
        {
            [MethodImpl(MethodImplOptions.Synchronized)]
            get => _value.Length + 1;
        }

        public int Set
        {
            [MethodImpl(MethodImplOptions.Synchronized)]
            get;
            set;
        }

        = 1;
    }

    private sealed class Blocking(IServiceProvider? services)
    {
        private readonly BlockingCollection<int> _items = [];
        private readonly int[] _numbers = [1];

        public int Taken => _items.Take() + 1;

        public int Total => _numbers.AsParallel().Sum();

        public string? Service => (string?)services!.GetService(typeof(string));

        public string Loaded => XDocument.Load("a").ToString();
    }

    private interface IIndirect
    {
        int Get();
    }

    private abstract class IndirectBase
    {
        public int Overridden => Read();

        protected virtual int Read() => 1;
    }

    private sealed class Indirect : IndirectBase, IIndirect
    {
        private readonly Locked _inner = new();
        private object? _gate = new();
        private bool _isInitialized;
        private int _value;

        public int Explicit => ((IIndirect)this).Get();

        public int Initialized => LazyInitializer.EnsureInitialized(ref _value, ref _isInitialized, ref _gate, static () => 1);

        public string Text => $"the {new LockedText()}";

        public int Far => One();

        int IIndirect.Get() => _inner.Total;

        protected override int Read() => _inner.Total;

        private int One() => Two();

        private int Two() => Three();

        private int Three() => Four();

        private int Four() => Five();

        private int Five() => _inner.Deep;
    }

    private sealed class LockedText
    {
        private readonly object _gate = new();

        public override string ToString()
        {
            lock (_gate)
            {
                return "text";
            }
        }
    }

    // The framework's classes with what an application may add to them.
    private sealed class OwnPrincipal : ClaimsPrincipal
    {
        private readonly object _gate = new();

        public override IEnumerable<Claim> Claims
        {
            get
            {
                lock (_gate)
                {
                    return base.Claims;
                }
            }
        }
    }

    private sealed class OwnIdentity : ClaimsIdentity
    {
        public override IEnumerable<Claim> Claims
        {
            get
            {
                foreach (var line in File.ReadAllLines("a"))
                {
                    yield return new Claim("role", line);
                }
            }
        }
    }

    private sealed class OwnException : Exception
    {
        private static readonly object Gate = new();

        public override string Message
        {
            get
            {
                lock (Gate)
                {
                    return "held";
                }
            }
        }
    }

    private sealed class OwnEncoding : UTF8Encoding
    {
        private readonly object _gate = new();

        public override string WebName
        {
            get
            {
                lock (_gate)
                {
                    return "own";
                }
            }
        }
    }

    private sealed class OwnNames : NameValueCollection
    {
        private readonly object _gate = new();

        public override string? Get(int index)
        {
            lock (_gate)
            {
                return base.Get(index);
            }
        }
    }

    private sealed class NewLock
    {
#if NET9_0_OR_GREATER
        private readonly Lock _gate = new();
#else
        private readonly object _gate = new();
#endif
        private readonly int _value = 1;

        public int Value
        {
            get
            {
                lock (_gate)
                {
                    return _value;
                }
            }
        }
    }

    private sealed class Semaphored
    {
        private static readonly SemaphoreSlim Gate = new(0);
        private readonly int _value = 1;

        public int Value
        {
            get
            {
                Gate.Wait();
                return _value;
            }
        }

        public int Other
        {
            get
            {
                Gate.Wait();
                return _value + 1;
            }
        }
    }

    private sealed class ReaderWriter
    {
        private static readonly ReaderWriterLockSlim Gate = new();
#pragma warning disable IDE1006 // One of the names that fields have in other code bases.
        private readonly int m_value = 1;
#pragma warning restore IDE1006

        public int Value
        {
            get
            {
                Gate.EnterReadLock();
                try
                {
                    return m_value;
                }
                finally
                {
                    Gate.ExitReadLock();
                }
            }
        }
    }

    private sealed class Waiting
    {
        private readonly TaskCompletionSource<int> _source = new();

        public int Result => _source.Task.Result;

        public int Awaited => _source.Task.GetAwaiter().GetResult();

        public int Slept
        {
            get
            {
                Thread.CurrentThread.Join();
                return 1;
            }
        }
    }

    private sealed class Files
    {
        private readonly string _path = "a";

        public bool Exists => File.Exists(_path);

        public string Content => File.ReadAllText(_path);

        public string Path => _path;
    }

    private sealed class Net
    {
        private static readonly HttpClient Client = new();

        public string Page => Client.GetStringAsync(new Uri("http://localhost:1")).Result;

        public string Address => System.Net.Dns.GetHostAddresses("localhost")[0].ToString();
    }

    private sealed class Database(IDbCommand? command)
    {
        public int Count => (int)command!.ExecuteScalar()!;
    }

    // The form that Entity Framework Core documents for entities without a reference to it.
    private sealed class LazilyLoaded(Action<object, string> lazyLoader)
    {
        private List<string>? _posts;

        public int Id { get; set; } = 1;

        public List<string>? Posts
        {
            get => Load(lazyLoader, ref _posts, nameof(Posts));
            set => _posts = value;
        }

        private T? Load<T>(Action<object, string>? loader, ref T? field, string name)
            where T : class
        {
            loader?.Invoke(this, name);
            return field;
        }
    }

    private sealed class Late
    {
        private readonly Lazy<int> _value = new(static () => throw new InvalidOperationException("The factory ran."));
        private readonly Lazy<int> _created = new(2);
        private readonly Locked _inner = new();
        private readonly string[] _paths = ["a"];

        public int Value => _value.Value;

        public int Created => _created.Value;

        public Task<int> Loaded => Load();

        public IQueryable<int> Rows => throw new InvalidOperationException("The query was built.");

        public bool Any => _paths.Any(File.Exists);

        public int Other => _inner.Total;

        private static Task<int> Load() => throw new InvalidOperationException("The task was started.");
    }

    private sealed class LockedList : IReadOnlyCollection<int>
    {
        private readonly List<int> _items = [1];

        public int Count => _items.Count;

        public IEnumerator<int> GetEnumerator()
        {
            lock (_items)
            {
                foreach (var item in _items)
                {
                    yield return item;
                }
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class LockedMap : IReadOnlyDictionary<string, int>
    {
        private readonly Dictionary<string, int> _items = new() { ["a"] = 1 };

        public int Count => _items.Count;

        public IEnumerable<string> Keys => _items.Keys;

        public IEnumerable<int> Values => _items.Values;

        public int this[string key] => _items[key];

        public bool ContainsKey(string key) => _items.ContainsKey(key);

        public bool TryGetValue(string key, out int value) => _items.TryGetValue(key, out value);

        public IEnumerator<KeyValuePair<string, int>> GetEnumerator()
        {
            lock (_items)
            {
                return _items.ToList().GetEnumerator();
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class Computed
    {
        private readonly string _first = "Ada";
        private readonly int[] _numbers = [1, 2];
        private List<int>? _items;
        private int _reads;

        public string Full => $"{_first} Lovelace";

        public int Count => _numbers.Count(static number => number > 0);

        public List<int> Items => _items ??= [1];

        public int Changed => _reads == 0 ? ++_reads : 1;

        public string Path => System.IO.Path.Combine("a", "b");

        public string Joined => string.Join(',', _numbers.Select(static number => number.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }
}
