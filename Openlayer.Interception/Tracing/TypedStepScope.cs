namespace Openlayer.Interception;

/// <summary>
/// Keeps a step of a known class open and ambient until it is disposed. Dispose it in the method that started the step. Members do not throw.
/// </summary>
/// <typeparam name="TStep">The step's class.</typeparam>
public sealed class TypedStepScope<TStep> : IDisposable
    where TStep : Step
{
    private readonly StepScope _scope;

    internal TypedStepScope(StepScope scope) => _scope = scope;

    /// <summary>The step. Never null: if the code is not traced, it is a step that is not published.</summary>
    public TStep Step => (TStep)_scope.Step;

    /// <inheritdoc cref="StepScope.Dispose"/>
    public void Dispose() => _scope.Dispose();
}
