using Openlayer.Interception;

namespace WebApi;

/// <summary>Gives the traces of a request the user and the session that its headers name.</summary>
public sealed class UserSession(RequestDelegate next, OpenlayerTracer tracer)
{
    /// <summary>Handles a request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        using (tracer.BeginSession(userId: headers["X-User-Id"], sessionId: headers["X-Session-Id"]))
        {
            await next(context);
        }
    }
}
