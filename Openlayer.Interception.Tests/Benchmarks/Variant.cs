namespace Openlayer.Interception.Benchmarks;

/// <summary>The code between the caller and the service.</summary>
public enum Variant
{
    /// <summary>Nothing.</summary>
    Direct,

    /// <summary>A Castle proxy with an interceptor that only proceeds.</summary>
    Castle,

    /// <summary>A <see cref="System.Reflection.DispatchProxy"/> that only invokes.</summary>
    DispatchProxy,

    /// <summary>Castle.Core.AsyncInterceptor with a span per call.</summary>
    AsyncInterceptorSpan,

    /// <summary>A hand-written decorator with a span per call.</summary>
    DecoratorSpan,

    /// <summary>This library, disabled.</summary>
    Disabled,

    /// <summary>This library, under a root that is not sampled.</summary>
    NotSampled,

    /// <summary>This library.</summary>
    Traced,
}
