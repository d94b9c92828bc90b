using System.Net;
using System.Net.Http.Headers;

namespace LockGrains.Cli.Connecting;

/// <summary>
/// Sends the operator's key where a request without a key is refused, and nowhere else: most that a user does on their own machine needs none, and the
/// server may not be the silo whose key it is.
/// </summary>
internal sealed class OperatorKeyHandler(string key, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private readonly AuthenticationHeaderValue _access = new("Bearer", key);
    private volatile string? _acceptedBy;

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // Another server of the list may be another's, and is asked without it first.
        var server = request.RequestUri!.Authority;
        if (_acceptedBy == server)
        {
            request.Headers.Authorization = _access;
            return await base.SendAsync(request, cancellationToken);
        }

        var refused = await base.SendAsync(request, cancellationToken);
        if (!IsRefused(refused)) return refused;

        request.Headers.Authorization = _access;
        var reply = await base.SendAsync(request, cancellationToken);
        if (IsRefused(reply))
        {
            // It is not this silo's key, and what was said without it is what matters.
            reply.Dispose();
            return refused;
        }

        _acceptedBy = server;
        refused.Dispose();
        return reply;
    }

    private static bool IsRefused(HttpResponseMessage reply) => reply.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
}
