using System.Net;

namespace LockGrains.AspNetCore.Access;

/// <summary>
/// Writes down what operators do over HTTP, a line each: who did what to which lock, why, and what came of it. An endpoint calls it once the
/// outcome is known, or known to be unknown; what is refused to somebody without an access key is not written down.
/// </summary>
internal interface IAudit
{
    /// <summary>A revocation.</summary>
    /// <param name="call">Who did it, and to which lock.</param>
    /// <param name="fencingToken">The hold that was meant; 0 for all.</param>
    /// <param name="result">What came of it: <c>revoked</c>, <c>not-held</c>, <c>outcome-unknown</c> or <c>forbidden</c>.</param>
    void Revoked(in AuditedCall call, long fencingToken, string result);

    /// <summary>The end of a session by an operator.</summary>
    /// <param name="call">Who did it, and to which session.</param>
    /// <param name="result">What came of it: <c>revoked</c>, <c>not-held</c>, <c>outcome-unknown</c> or <c>forbidden</c>.</param>
    void SessionRevoked(in AuditedCall call, string result);

    /// <summary>A limit that was set or lifted.</summary>
    /// <param name="call">Who did it, and to which lock.</param>
    /// <param name="limit">The limit; null for none.</param>
    /// <param name="result">What came of it: <c>set</c>, <c>conflict</c>, <c>outcome-unknown</c> or <c>forbidden</c>.</param>
    void LimitSet(in AuditedCall call, int? limit, string result);
}

/// <summary>Who did something, to which lock or session.</summary>
/// <param name="Who">The name of the access key (<see cref="AccessDecision.Who"/>).</param>
/// <param name="From">The address of the connection.</param>
/// <param name="Key">The lock's key, or the session's id.</param>
/// <param name="Reason">Why, in the words of who did it; null if they did not say.</param>
internal readonly record struct AuditedCall(string Who, IPAddress? From, string Key, string? Reason);
