using Autofac;
using Autofac.Extras.DynamicProxy;

namespace Openlayer.Interception.Tests.Documentation;

/// <summary>The examples of docs/personal-data.md, and its table of options.</summary>
public sealed class PersonalDataExamples
{
    [Fact]
    public void The_guardrail_is_registered_for_methods()
    {
        var container = new ContainerBuilder();
        container.RegisterOpenlayer(options => options.Guardrails.Add(
            new PersonalDataGuardrail(new PersonalDataOptions
            {
                CreditCard = PersonalDataAction.Block,
                IPAddress = PersonalDataAction.Allow,
            }),
            appliesTo: method => method.DeclaringType == typeof(IAnswerService)));
        container.RegisterInstance<IAnswerService>(new AnswerService()).EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        using var built = container.Build();

        Assert.NotNull(built.Resolve<IAnswerService>());
    }

    [Fact]
    public void Every_option_is_in_the_table_with_its_default()
    {
        var document = File.ReadAllText(Path.Combine(Repository.Folder, "docs", "personal-data.md"));
        var options = document[document.IndexOf("## Options", StringComparison.Ordinal)..document.IndexOf("## In traces", StringComparison.Ordinal)];

        Assert.All(typeof(PersonalDataOptions).GetProperties().Where(static property => property.GetIndexParameters().Length == 0), property =>
        {
            var row = options.Split('\n').Single(line => line.StartsWith('|') && line.Split('|')[1].Contains($"`{property.Name}`", StringComparison.Ordinal));
            Assert.Equal(FormattableString.Invariant($"{property.GetValue(new PersonalDataOptions())}"), row.Split('|')[2].Trim().Trim('`'));
        });
    }

    public interface IAnswerService
    {
        string Answer(string question);
    }

    [Guardrail(typeof(PersonalDataGuardrail), Required = true)]
    public interface ISupportService
    {
        Task<string> ReplyAsync(string message);
    }

    private sealed class AnswerService : IAnswerService
    {
        public string Answer(string question) => question;
    }
}
