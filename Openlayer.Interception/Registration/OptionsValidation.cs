using Microsoft.Extensions.Options;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Registration;

/// <summary>Validates options when the host starts, as <see cref="OpenlayerSettings"/> does.</summary>
internal sealed class OptionsValidation : IValidateOptions<OpenlayerOptions>
{
    public ValidateOptionsResult Validate(string? name, OpenlayerOptions options)
    {
        try
        {
            OpenlayerSettings.From(options);
            return ValidateOptionsResult.Success;
        }
        catch (ArgumentException exception)
        {
            return ValidateOptionsResult.Fail(exception.Message);
        }
    }
}
