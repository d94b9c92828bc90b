using System.Net;
using Microsoft.AspNetCore.Http;

namespace LockGrains.AspNetCore.Access;

/// <summary>
/// Whether a request was made by a program of this machine, for itself. Everything that a proxy or a browser leaves behind speaks against it:
/// a proxy of this machine connects from it, too, and a page of another site makes the browser connect from it.
/// </summary>
internal static class LocalRequest
{
    // "Via" and the first three are what proxies write; the last is what ASP.NET's own middleware leaves of them.
    private static readonly string[] ProxyHeaders = ["Forwarded", "Via", "X-Real-IP"];
    private static readonly string[] ProxyHeaderPrefixes = ["X-Forwarded-", "X-Original-"];

    /// <summary>What speaks against it, as a sentence; null when nothing does.</summary>
    public static string? FindObstacle(HttpContext context)
    {
        if (!IsLoopback(context.Connection.RemoteIpAddress) || (context.Connection.LocalIpAddress is { } local && !IsLoopback(local)))
            return "The connection is not from this machine over a loopback address.";

        // What nginx before 1.29.7 sends to what is behind it; programs and browsers have not for 25 years. HTTP/0.9 is no better. A later nginx
        // sends HTTP/1.1 and nothing that tells of it: that is why nobody revokes without a key, and why a first key ends what is open.
        if (HttpProtocol.IsHttp10(context.Request.Protocol) || HttpProtocol.IsHttp09(context.Request.Protocol))
            return $"The request is {context.Request.Protocol}, as of a proxy.";
        if (FindProxyHeader(context.Request.Headers) is { } header)
            return $"The request has the header {header}, so it came through a proxy.";

        // Otherwise a site could give its own name a loopback address, and its pages would be of the same origin as the API.
        if (!IsLocalName(context.Request.Host.Host))
            return "The header Host is not localhost, 127.0.0.1 or [::1].";
        return FindOtherSite(context.Request);
    }

    private static string? FindProxyHeader(IHeaderDictionary headers)
    {
        foreach (var name in headers.Keys)
        {
            var known = Array.Find(ProxyHeaders, header => header.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? Array.Find(ProxyHeaderPrefixes, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
            if (known is not null)
                return known.EndsWith('-') ? $"{known}*" : known;
        }

        return null;
    }

    private static string? FindOtherSite(HttpRequest request)
    {
        // Fetch Metadata Request Headers: none is what a person typed or a program sent.
        var site = request.Headers["Sec-Fetch-Site"];
        if (site.Count > 1 || (site.Count == 1 && site[0] is not ("same-origin" or "none")))
            return "A browser made the request for another site (Sec-Fetch-Site).";
        return request.Headers.Origin.Count == 0 || IsOwnOrigin(request)
            ? null
            : "A browser made the request for another site (Origin).";
    }

    private static bool IsOwnOrigin(HttpRequest request) =>
        request.Headers.Origin is [{ } origin] && origin.Equals($"{request.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase);

    private static bool IsLocalName(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host is "127.0.0.1" or "[::1]";

    /// <summary>Whether an address is this machine's own. A connection without one, as over a Unix socket, may be anybody's.</summary>
    public static bool IsLoopback(IPAddress? address) =>
        address is not null && IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
}
