using LockGrains.AspNetCore.Replies;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LockGrains.AspNetCore;

/// <summary>Turns a call into an endpoint: whatever happens, there is a reply with a body, and bad input is never a 500.</summary>
internal static class ApiEndpoint
{
    /// <summary>An endpoint that replies once.</summary>
    public static RequestDelegate Of(Func<ApiCall, Task<Reply>> handle) => async context =>
    {
        var services = context.RequestServices.GetRequiredService<ApiServices>();
        if (await ReplyAsync(new ApiCall(context, services), async call => await handle(call)) is { } reply)
            await WriteAsync(context, services, reply);
    };

    /// <summary>An endpoint that writes its response itself, unless it ends with a problem before that.</summary>
    public static RequestDelegate OfStream(Func<ApiCall, Task> handle) => async context =>
    {
        var services = context.RequestServices.GetRequiredService<ApiServices>();
        var problem = await ReplyAsync(new ApiCall(context, services), async call =>
        {
            await handle(call);
            return null;
        });
        if (problem is not null && !context.Response.HasStarted)
            await WriteAsync(context, services, problem);
    };

    /// <summary>Adds what each reply says of this host.</summary>
    public static async Task AddStoreAsync(HttpContext context, ApiServices services)
    {
        if (await services.FindStoreAsync(context.RequestAborted) is { } store)
            context.Response.Headers[Reply.StoreHeader] = store;
    }

    private static async Task WriteAsync(HttpContext context, ApiServices services, Reply reply)
    {
        try
        {
            await AddStoreAsync(context, services);
            await reply.WriteAsync(context.Response, services.Stopping.IsCancellationRequested);
        }
        catch (Exception exception) when (IsGone(context, exception))
        {
            // Nobody is there to be told.
        }
    }

    private static async Task<Reply?> ReplyAsync(ApiCall call, Func<ApiCall, Task<Reply?>> handle)
    {
        try
        {
            return await handle(call);
        }
        catch (ProblemException exception)
        {
            return Reply.Of(exception.Problem);
        }
        catch (Exception exception) when (IsGone(call.Context, exception))
        {
            return null;
        }
        catch (BadHttpRequestException exception)
        {
            return Reply.Of(ProblemOf(exception));
        }
        catch (Exception exception)
        {
            HttpLog.Mistake(call.Services.Logger, call.Context.Request.Path, exception);
            return Reply.Of(Problem.Internal.With("Its log says more. Whether the request took effect is not known."));
        }
    }

    // The server says so of a body that is cut, too slow, or too large for it.
    private static ProblemJson ProblemOf(BadHttpRequestException exception) => exception.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => Problem.TooLarge.With("The body is larger than this host allows."),
        StatusCodes.Status408RequestTimeout => Problem.TooSlow.With("The body came too slowly."),
        _ => Problem.Invalid.With("The body of the request is broken.") with { Member = "body" },
    };

    private static bool IsGone(HttpContext context, Exception exception) =>
        context.RequestAborted.IsCancellationRequested && exception is OperationCanceledException or IOException;
}
