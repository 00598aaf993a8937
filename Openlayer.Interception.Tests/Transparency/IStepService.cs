namespace Openlayer.Interception.Tests.Transparency;

public interface IStepService
{
    Task TaskAsync(StepHolder holder);

    Task<Step> TaskOfStepAsync(StepHolder holder);

    Task SourceAsync(StepHolder holder);

    ValueTask ValueTaskAsync(StepHolder holder);

    Task OnThePoolAsync(StepHolder holder);

    Task<int> OnThePoolOfValueAsync(StepHolder holder);

    Task FailAsync(StepHolder holder);
}
