using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Openlayer.Interception.Tests.Capture;

/// <summary>Entities of Entity Framework Core are recorded with what they have loaded. No query runs.</summary>
public sealed class EntityTests
{
    [Fact]
    public void Capturing_an_entity_with_a_lazy_loader_runs_no_query() => AssertNoQuery<InjectedContext, InjectedBlog>(
        static () => new InjectedBlog { Id = 1, Name = "a", Posts = [new InjectedPost { Id = 2 }] },
        static blog => blog.Posts.Count,
        """{"Id":1,"Name":"a","Posts":null}""",
        """{"Id":1,"Name":"a","Posts":[{"Id":2,"Blog":"[cycle]"}]}""");

    [Fact]
    public void Capturing_an_entity_with_an_injected_loader_action_runs_no_query() => AssertNoQuery<ActionContext, ActionBlog>(
        static () => new ActionBlog { Id = 1, Name = "a", Posts = [new ActionPost { Id = 2 }] },
        static blog => blog.Posts!.Count,
        """{"Id":1,"Name":"a","Posts":null}""",
        """{"Id":1,"Name":"a","Posts":[{"Id":2}]}""");

    [Fact]
    public void Capturing_a_lazy_loading_proxy_runs_no_query() => AssertNoQuery<ProxyContext, ProxyBlog>(
        static () => new ProxyBlog { Id = 1, Name = "a", Posts = { new ProxyPost { Id = 2 } } },
        static blog => blog.Posts.Count,
        """{"Id":1,"Name":"a","Posts":[]}""",
        """{"Id":1,"Name":"a","Posts":[{"Id":2,"Blog":"[cycle]"}]}""");

    [Fact]
    public void A_query_and_a_context_are_not_read()
    {
        using var context = new InjectedContext();
        Assert.Equal("\"[DbContext]\"", Snapshots.Of(context));
        Assert.Equal("\"[lazy IQueryable<InjectedBlog>]\"", Snapshots.Of(context.Blogs));
        Assert.Equal("\"[lazy IQueryable<InjectedBlog>]\"", Snapshots.Of(context.Blogs.Where(static blog => blog.Id == 1)));
    }

    private static void AssertNoQuery<TContext, TBlog>(Func<TBlog> create, Func<TBlog, int> load, string unloaded, string loaded)
        where TContext : CountingContext, new()
        where TBlog : class
    {
        using var context = new TContext();
        context.Database.OpenConnection();
        context.Database.EnsureCreated();
        context.Add(create());
        context.SaveChanges();
        context.ChangeTracker.Clear();
        var blog = context.Set<TBlog>().Single();
        var queries = context.Queries.Count;

        // Any other capture could have read the entity first.
        Assert.Equal(unloaded, Snapshots.Of(blog));
        Assert.Equal($"[{unloaded}]", Snapshots.Of(new[] { blog }));
        Assert.Equal(queries, context.Queries.Count);

        Assert.Equal(1, load(blog));
        Assert.Equal(queries + 1, context.Queries.Count);
        Assert.Equal(loaded, Snapshots.Of(blog));
        Assert.Equal(queries + 1, context.Queries.Count);
    }

    private abstract class CountingContext : DbContext
    {
        public List<string> Queries { get; } = [];

        protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder
            .UseSqlite("Data Source=:memory:")
            .LogTo(Queries.Add, [RelationalEventId.CommandExecuted]);
    }

    private sealed class InjectedContext : CountingContext
    {
        public DbSet<InjectedBlog> Blogs => Set<InjectedBlog>();
    }

    private sealed class ActionContext : CountingContext
    {
        public DbSet<ActionBlog> Blogs => Set<ActionBlog>();
    }

    private sealed class ProxyContext : CountingContext
    {
        public DbSet<ProxyBlog> Blogs => Set<ProxyBlog>();

        protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder)
        {
            base.OnConfiguring(optionsBuilder);
            optionsBuilder.UseLazyLoadingProxies();
        }
    }

    public sealed class InjectedBlog
    {
        private readonly ILazyLoader? _loader;
        private List<InjectedPost>? _posts;

        public InjectedBlog()
        {
        }

        internal InjectedBlog(ILazyLoader loader) => _loader = loader;

        public int Id { get; set; }

        public string? Name { get; set; }

        public List<InjectedPost> Posts
        {
            get => _loader.Load(this, ref _posts)!;
            set => _posts = value;
        }
    }

    public sealed class InjectedPost
    {
        private readonly ILazyLoader? _loader;
        private InjectedBlog? _blog;

        public InjectedPost()
        {
        }

        internal InjectedPost(ILazyLoader loader) => _loader = loader;

        public int Id { get; set; }

        public InjectedBlog? Blog
        {
            get => _loader.Load(this, ref _blog);
            set => _blog = value;
        }
    }

    public sealed class ActionBlog
    {
        private readonly Action<object, string?>? _loader;
        private List<ActionPost>? _posts;

        public ActionBlog()
        {
        }

        internal ActionBlog(Action<object, string?> lazyLoader) => _loader = lazyLoader;

        public int Id { get; set; }

        public string? Name { get; set; }

        public List<ActionPost>? Posts
        {
            get
            {
                _loader?.Invoke(this, nameof(Posts));
                return _posts;
            }

            set => _posts = value;
        }
    }

    public sealed class ActionPost
    {
        public int Id { get; set; }
    }

    public class ProxyBlog
    {
        public int Id { get; set; }

        public string? Name { get; set; }

        public virtual List<ProxyPost> Posts { get; set; } = [];
    }

    public class ProxyPost
    {
        public int Id { get; set; }

        public virtual ProxyBlog? Blog { get; set; }
    }
}
