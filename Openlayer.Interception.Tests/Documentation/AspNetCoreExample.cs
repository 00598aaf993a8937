using Autofac;
using Autofac.Extensions.DependencyInjection;
using Autofac.Extras.DynamicProxy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Openlayer.Interception.Tests.Documentation;

/// <summary>The example "In ASP.NET Core" of README.md, and the page of traces that docs/publishers.md adds to it.</summary>
internal static class AspNetCoreExample
{
    public static void Run(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Host.UseServiceProviderFactory(new AutofacServiceProviderFactory());
        builder.Host.ConfigureContainer<ContainerBuilder>(container =>
        {
            container.RegisterOpenlayer();
            container.RegisterType<AnswerService>().As<IAnswerService>().InstancePerLifetimeScope()
                .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        });
        var app = builder.Build();
        app.MapGet("/answer", (string question, IAnswerService answers) => answers.AnswerAsync(question));
        app.Run();
    }

    public static void ServePage(WebApplication app, HtmlTracePublisher page)
    {
        if (app.Environment.IsDevelopment())
        {
            app.MapGet("/openlayer", async (HttpContext context) =>
            {
                using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, app.Lifetime.ApplicationStopping);
                context.Response.ContentType = "text/html";
                await page.FollowAsync(context.Response.Body, end.Token);
            });
        }
    }

    public interface IAnswerService
    {
        IAsyncEnumerable<string> AnswerAsync(string question);
    }

    public sealed class AnswerService : IAnswerService
    {
        public IAsyncEnumerable<string> AnswerAsync(string question) => new[] { question }.ToAsyncEnumerable();
    }
}
