namespace LockGrains;

/// <summary>
/// What a server said of a hold, as the client's replies: granted, denied and unknown are three things. A reply about another key, or with a part
/// missing, is none of this call, and so unknown.
/// </summary>
internal static class HoldReplies
{
    /// <summary>What came of an acquire, of an upgrade, or of the opening of a session.</summary>
    /// <param name="reply">What was said.</param>
    /// <param name="isOfThis">Whether a reply is about this lock or session.</param>
    /// <param name="isUpgrade">Whether a hold was to be upgraded, which may be over.</param>
    public static AcquireReply ToAcquire(ApiReply<ReplyJson> reply, Func<ReplyJson, bool> isOfThis, bool isUpgrade = false)
    {
        if (reply.Problem is { } problem)
            return ToDenial(problem, isUpgrade);

        return reply.Value switch
        {
            { Outcome: "granted" or "opened" } granted when isOfThis(granted) => ToGrant(granted),
            { Outcome: "queued", Place: >= 0 and var place, QueueLength: >= 0 and var length } queued when isOfThis(queued) =>
                new AcquireReply { Status = AcquireStatus.Queued, Place = place, QueueLength = length, Estimate = Seconds.Show(queued.EstimateSeconds) },
            _ => Unknown(reply.Detail),
        };
    }

    /// <summary>What came of a renewal.</summary>
    public static RenewReply ToRenew(ApiReply<ReplyJson> reply, Func<ReplyJson, bool> isOfThis) => reply switch
    {
        { Problem: { Code: "not-held" } problem } => new RenewReply { Status = RenewStatus.NotHeld, End = Names.EndOf(problem.End) },
        { Value: { Outcome: "renewed" } renewed } when isOfThis(renewed) => ToRenew(renewed),
        _ => new RenewReply { Status = RenewStatus.Unknown, Detail = reply.Detail },
    };

    /// <summary>What came of a renewal of many.</summary>
    public static RenewReply ToRenew(ReplyJson reply) => reply switch
    {
        { Outcome: "renewed" } when Seconds.Find(reply.ValidForSeconds) is { } validFor =>
            new RenewReply { Status = RenewStatus.Renewed, ValidFor = validFor, Waiters = reply.Waiting ?? 0, RevokedKeys = [.. reply.RevokedKeys ?? []] },
        { Outcome: "not-held" } => new RenewReply { Status = RenewStatus.NotHeld, End = Names.EndOf(reply.End) },
        { Outcome: "forbidden" } => new RenewReply { Status = RenewStatus.Unknown, Detail = "The access key may not use this lock." },
        _ => new RenewReply { Status = RenewStatus.Unknown, Detail = "The server could not say." },
    };

    /// <summary>What a lock says to a request that waits.</summary>
    public static BeatReply ToBeat(ReplyJson reply) => reply.Outcome switch
    {
        "waits" => new BeatReply { Status = BeatStatus.Waits, Place = reply.Place ?? 0, QueueLength = reply.QueueLength ?? 0, Estimate = Seconds.Show(reply.EstimateSeconds) },
        "call-again" => new BeatReply { Status = BeatStatus.CallAgain },
        _ => new BeatReply { Status = BeatStatus.Unknown },
    };

    /// <summary>What came of a release.</summary>
    public static ReleaseReply ToRelease(ApiReply<ReplyJson> reply, Func<ReplyJson, bool> isOfThis) => reply switch
    {
        { Problem: { Code: "not-held" } problem } => new ReleaseReply { Status = ReleaseStatus.NotHeld, End = Names.EndOf(problem.End) },
        { Value: { Outcome: "released" or "closed" } value } when isOfThis(value) => new ReleaseReply { Status = ReleaseStatus.Released },
        { Value: { Outcome: "not-held" } value } when isOfThis(value) => new ReleaseReply { Status = ReleaseStatus.NotHeld },
        _ => new ReleaseReply { Status = ReleaseStatus.Unknown, Detail = reply.Detail },
    };

    /// <summary>What came of a cancel.</summary>
    public static CancelReply ToCancel(ApiReply<ReplyJson> reply, Func<ReplyJson, bool> isOfThis) => reply switch
    {
        { Value: { Outcome: "cancelled" } value } when isOfThis(value) => new CancelReply { Status = CancelStatus.Cancelled },
        { Value: { Outcome: "released" or "closed" } value } when isOfThis(value) => new CancelReply { Status = CancelStatus.Released },
        { Value: { Outcome: "not-held" } value } when isOfThis(value) => new CancelReply { Status = CancelStatus.NotHeld },
        _ => new CancelReply { Status = CancelStatus.Unknown, Detail = reply.Detail },
    };

    /// <summary>What came of a downgrade, or of giving an upgrade up.</summary>
    public static ChangeReply ToChange(ApiReply<ReplyJson> reply, Func<ReplyJson, bool> isOfThis) => reply switch
    {
        { Problem: { Code: "not-held" } problem } => new ChangeReply { Status = ChangeStatus.NotHeld, End = Names.EndOf(problem.End) },
        { Problem: { Code: "invalid" } problem } => new ChangeReply { Status = ChangeStatus.Refused, Detail = problem.Detail },
        { Value: { Outcome: "changed", Permits: > 0 and var permits, FencingToken: > 0 and var token } value } when isOfThis(value) && Names.ModeOf(value.Mode) is { } mode =>
            new ChangeReply { Status = ChangeStatus.Changed, Mode = mode, Permits = permits, FencingToken = token },
        _ => new ChangeReply { Status = ChangeStatus.Unknown, Detail = reply.Detail },
    };

    private static AcquireReply ToGrant(ReplyJson granted) =>
        (granted.FencingToken ?? granted.SessionToken) is > 0 and var token
            && Seconds.Find(granted.ValidForSeconds) is { } validFor
            && Seconds.Find(granted.LeaseSeconds) is { } lease
            ? new AcquireReply
            {
                Status = AcquireStatus.Granted,
                FencingToken = token,
                ValidFor = validFor,
                Lease = lease,
                PermitNumbers = granted.PermitNumbers is null ? [] : [.. granted.PermitNumbers],
                ValueVersion = granted.ValueVersion ?? 0,
            }
            : Unknown("The server granted the lock, and did not say how long for.");

    private static AcquireReply ToDenial(ProblemJson problem, bool isUpgrade) => problem.Code switch
    {
        "busy" => Deny(DenyReason.Busy, problem),
        "timed-out" => Deny(DenyReason.TimedOut, problem),
        "queue-full" => Deny(DenyReason.QueueFull, problem),
        "ended" => Deny(DenyReason.Ended, problem),
        "session-ended" => Deny(DenyReason.SessionEnded, problem),
        "over-limit" => Deny(DenyReason.Limit, problem),
        "invalid" or "other-request" or "too-large" => Deny(DenyReason.Invalid, problem),
        "not-held" when isUpgrade => Deny(DenyReason.NotHeld, problem),
        _ => Unknown($"The server said {problem.Code}. {problem.Detail}"),
    };

    private static AcquireReply Deny(DenyReason reason, ProblemJson problem) =>
        new() { Status = AcquireStatus.Denied, Reason = reason, QueueLength = problem.QueueLength ?? 0, Detail = problem.Detail };

    private static AcquireReply Unknown(string detail) => new() { Status = AcquireStatus.Unknown, Detail = detail };
}
