using Microsoft.AspNetCore.Http;

namespace LockGrains.AspNetCore.Access;

/// <summary>What goes with a refusal in its header <c>WWW-Authenticate</c> (RFC 6750).</summary>
internal static class AccessChallenge
{
    private const string Ask = "Bearer realm=\"lockgrains\"";

    /// <summary>Sets the header on a reply that refuses.</summary>
    /// <param name="context">The request; a key that it showed is not repeated.</param>
    /// <param name="decision">What was decided.</param>
    public static void Set(HttpContext context, in AccessDecision decision)
    {
        var hasShownOne = context.Request.Headers.Authorization.Count > 0;
        context.Response.Headers.WWWAuthenticate = decision.Outcome switch
        {
            AccessOutcome.Unauthenticated when hasShownOne => $"{Ask}, error=\"invalid_token\"",
            AccessOutcome.Forbidden when hasShownOne => $"{Ask}, error=\"insufficient_scope\"",
            _ => Ask,
        };
    }
}
