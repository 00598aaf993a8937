using System.Runtime.ExceptionServices;
using Autofac;
using Autofac.Core;
using Openlayer.Interception.Options;
using Openlayer.Interception.Publishing;

namespace Openlayer.Interception.Registration;

/// <summary>
/// The options of one container, composed from all calls of <c>RegisterOpenlayer</c> on its builder. If the container has <c>AddOpenlayer</c>
/// too, the calls configure the options of that instead.
/// </summary>
internal sealed class ContainerOptions
{
    /// <summary>The key in <see cref="ContainerBuilder.Properties"/>.</summary>
    public const string Key = "Openlayer.Interception.ContainerOptions";

    private readonly OpenlayerOptions _options = new();
    private readonly List<Action<OpenlayerOptions>> _immediate = [];
    private readonly List<Action<IComponentContext, OpenlayerOptions>> _callbacks = [];
    private State _state;
    private ExceptionDispatchInfo? _failure;

    private enum State
    {
        Building,
        Built,
        Configuring,
        Configured,
        Failed,
    }

    public void Configure(Action<OpenlayerOptions>? configure)
    {
        ThrowIfBuilt();
        if (configure is not null)
        {
            configure(_options);
            _immediate.Add(configure);
        }

        OpenlayerSettings.From(_options);

        // Before a host starts, which handles signals itself.
        ProcessLifetime.Observe();
    }

    public void Configure(Action<IComponentContext, OpenlayerOptions> configure)
    {
        Configure((Action<OpenlayerOptions>?)null);
        _callbacks.Add(configure);
    }

    /// <summary>The container is built: options are no longer added.</summary>
    /// <param name="container">The container, or the child scope on whose builder the options were registered.</param>
    /// <exception cref="InvalidOperationException">It is a child scope, and its container has a tracer that the options would not reach.</exception>
    public void Close(ILifetimeScope container)
    {
        if (container is ISharingLifetimeScope { ParentLifetimeScope: { } parent } && parent.IsRegistered<ConfigurationSource>())
        {
            throw AlreadyBuilt();
        }

        if (_state == State.Building)
        {
            _state = State.Built;
        }
    }

    /// <summary>Runs the callbacks once. Called by one thread at a time: Autofac holds the lock of a single instance.</summary>
    /// <param name="context">The container, not the context of one resolve operation: callbacks may keep it.</param>
    /// <exception cref="ArgumentException">An option or environment variable is not valid; the message names it and its range.</exception>
    public OpenlayerOptions Resolve(IComponentContext context)
    {
        if (_state == State.Configuring)
        {
            throw new InvalidOperationException(
                "OpenlayerOptions are being configured, and a service resolved for them is traced itself. Register that service, or the one of "
                + "its dependencies that is traced, without OpenlayerInterceptor, or inject Lazy<T> or Func<T> and use it after the start.");
        }

        _failure?.Throw();
        if (_state != State.Configured)
        {
            Run(context);
        }

        return _options;
    }

    /// <summary>Runs all callbacks on the options of <c>AddOpenlayer</c>.</summary>
    /// <param name="context">The container.</param>
    /// <param name="options">The options.</param>
    public void ApplyTo(IComponentContext context, OpenlayerOptions options)
    {
        _immediate.ForEach(configure => configure(options));
        _callbacks.ForEach(configure => configure(context, options));
    }

    private void Run(IComponentContext context)
    {
        _state = State.Configuring;
        try
        {
            foreach (var callback in _callbacks)
            {
                callback(context, _options);
            }

            OpenlayerSettings.From(_options);
            _state = State.Configured;
        }
        catch (Exception exception)
        {
            // A second run would add publishers twice.
            _failure = ExceptionDispatchInfo.Capture(exception);
            _state = State.Failed;
            throw;
        }
    }

    private void ThrowIfBuilt()
    {
        if (_state != State.Building)
        {
            throw AlreadyBuilt();
        }
    }

    private static InvalidOperationException AlreadyBuilt() => new(
        "RegisterOpenlayer cannot add to a container that is built already. Call it on the builder of the container, not of a child scope.");
}
