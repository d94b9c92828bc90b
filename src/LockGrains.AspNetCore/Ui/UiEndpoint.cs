using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace LockGrains.AspNetCore.Ui;

/// <summary>
/// Serves the files of the page, to everybody who can reach the host: they have no data. All that the page shows comes from the API, which asks
/// for the access key.
/// </summary>
internal static class UiEndpoint
{
    // Only what this host serves runs, and it talks to this host alone: what a label might smuggle in has nowhere to go.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>The page. Its parts are beside it, so a path without a slash at its end is sent on to the one with it.</summary>
    public static Task GetIndexAsync(HttpContext context)
    {
        var path = context.Request.PathBase.Add(context.Request.Path).Value ?? "";
        if (path.EndsWith('/') || path.Length == 0)
            return GetAsync(context, UiFiles.Index);
        context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;

        // Relative: whatever a proxy has cut off stays as it is.
        context.Response.Headers.Location = $"./{Uri.EscapeDataString(path[(path.LastIndexOf('/') + 1)..])}/";
        return Task.CompletedTask;
    }

    /// <summary>A file.</summary>
    public static async Task GetAsync(HttpContext context, UiFile file)
    {
        var (request, response) = (context.Request, context.Response);
        var headers = response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";

        // Asked for each time, and sent only when it has changed: after an update of the host no old script meets a new page.
        headers.CacheControl = "no-cache";
        headers.ETag = file.ETag;
        if (Has(request, file.ETag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = file.ContentType;
        response.ContentLength = file.Bytes.Length;
        if (!HttpMethods.IsHead(request.Method))
            await response.Body.WriteAsync(file.Bytes, context.RequestAborted);
    }

    private static bool Has(HttpRequest request, string etag) =>
        EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out var known)
        && known.Any(one => one.Equals(EntityTagHeaderValue.Any) || one.Tag == etag);
}
