using Openlayer.Interception;

namespace WebApi;

/// <summary>Makes a request one trace, and returns the id of the trace in a header, so that the client can give feedback.</summary>
public sealed class AnswerTrace(RequestDelegate next, OpenlayerTracer tracer)
{
    /// <summary>Handles a request.</summary>
    public Task InvokeAsync(HttpContext context) => tracer.RunStep($"{context.Request.Method} {context.Request.Path}", async request =>
    {
        // Before the body starts. The trace is null if it is not sampled; the response then has no such header.
        context.Response.Headers["X-Inference-Id"] = tracer.CurrentTrace?.InferenceId;
        request.Inputs["question"] = context.Request.Query["question"].ToString();
        await next(context);
        request.Metadata["status"] = context.Response.StatusCode;
    });
}
