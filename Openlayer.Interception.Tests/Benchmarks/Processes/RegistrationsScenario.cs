using System.Diagnostics;
using System.Globalization;
using Autofac;
using Autofac.Extras.DynamicProxy;
using Openlayer.Interception.Benchmarks.Peers;

namespace Openlayer.Interception.Benchmarks.Processes;

/// <summary>
/// A container of many services, each with its own interface. Figure: the time of a registration's first resolution and first call together,
/// in nanoseconds.
/// </summary>
public static class RegistrationsScenario
{
    // A grid of this many tags in two directions gives more types than are asked for.
    private const int Tags = 32;

    /// <param name="arguments">The variant and the number of registrations.</param>
    public static Task<double[]> RunAsync(string[] arguments)
    {
        var interceptor = Enum.Parse<Variant>(arguments[0]) == Variant.Traced ? typeof(OpenlayerInterceptor) : typeof(PassThroughInterceptor);
        var services = Services().Take(int.Parse(arguments[1], CultureInfo.InvariantCulture)).ToArray();
        var builder = new ContainerBuilder();
        builder.RegisterType<PassThroughInterceptor>().SingleInstance();
        builder.RegisterOpenlayer(static options =>
        {
            options.SendToOpenlayer = false;
            options.Publishers.Add(new CountingPublisher());
        });
        Array.ForEach(services, service => service.Register(builder, interceptor));
        using var container = builder.Build();

        // The first one pays for the process, not for itself.
        services[0].ResolveAndCall(container);
        var start = Stopwatch.GetTimestamp();
        foreach (var service in services.AsSpan(1))
        {
            service.ResolveAndCall(container);
        }

        return Task.FromResult(new[] { Stopwatch.GetElapsedTime(start).TotalNanoseconds / (services.Length - 1) });
    }

    private static IEnumerable<Registration> Services()
    {
        Type[] tags = [.. Enumerable.Range(0, Tags).Select(Nested)];
        return
            from first in tags
            from second in tags
            select (Registration)Activator.CreateInstance(typeof(Registration<,>).MakeGenericType(first, second))!;

        static Type Nested(int depth) => depth == 0 ? typeof(Tag) : typeof(Tag<>).MakeGenericType(Nested(depth - 1));
    }

    private abstract class Registration
    {
        public abstract void Register(ContainerBuilder builder, Type interceptor);

        public abstract void ResolveAndCall(IContainer container);
    }

    private sealed class Registration<T1, T2> : Registration
    {
        public override void Register(ContainerBuilder builder, Type interceptor) =>
            builder.RegisterType<NamedService<T1, T2>>().As<INamedService<T1, T2>>().EnableInterfaceInterceptors().InterceptedBy(interceptor);

        public override void ResolveAndCall(IContainer container) => container.Resolve<INamedService<T1, T2>>().Name(1);
    }

    /// <summary>An interface for each pair of types.</summary>
    public interface INamedService<T1, T2>
    {
        string Name(int number);
    }

    public sealed class NamedService<T1, T2> : INamedService<T1, T2>
    {
        public string Name(int number) => "name";
    }

    public sealed class Tag;

    public sealed class Tag<T>;
}
