using System.Collections.Immutable;
using LockGrains.Core;

namespace LockGrains;

/// <summary>
/// The coordinator's replies in the words that a client reads, and its requests as commands. The two sets of types are kept apart so that
/// what clients read can stay as it is while the state machine changes.
/// </summary>
internal static class WireReplies
{
    public static LockCommand.Acquire ToCommand(AcquireRequest request) => new(
        new LockRequest(new LeaseId(request.LeaseId), request.OwnerId ?? "", request.Mode, request.Lease, request.Renews)
        {
            Permits = request.Permits,
            Limit = LockRequest.LimitOf(request.Limit),
            Delay = request.LockDelay,
            Session = request is { SessionId: null, SessionToken: 0 } ? null : new SessionRef(request.SessionId ?? "", new FencingToken(request.SessionToken)),
        },
        request.Wait,
        request.Slice,
        request.BeatPeriod)
    {
        Value = request.Value is null ? null : ToNewValue(request.Value),
        NoNewPlace = request.NoNewPlace,
    };

    public static LockCommand.SetValue ToCommand(SetValueRequest request) => new(new LeaseId(request.LeaseId), ToNewValue(request.Value), request.IfVersion);

    public static LockCommand.SetLimit ToCommand(int? limit, long ifVersion) => new(LockRequest.LimitOf(limit), ifVersion);

    public static ValueReply ToValueReply(LockAnswer answer, long unixMilliseconds) => answer.Reply switch
    {
        LockReply.ValueIs value => new ValueReply
        {
            Status = value.IsConflict ? ValueStatus.Conflict : ValueStatus.Current,
            Value = ToValue(value.Value, unixMilliseconds),
            Version = value.Version,
        },
        LockReply.NotHeld notHeld => new ValueReply { Status = ValueStatus.NotHeld, End = notHeld.Reason },
        LockReply.Denied denied => new ValueReply { Status = ValueStatus.Refused, Detail = denied.Detail },
        _ => new ValueReply { Status = ValueStatus.Unknown, Detail = Detail(answer) },
    };

    public static LimitReply ToLimitReply(LockAnswer answer) => answer.Reply switch
    {
        LockReply.LimitIs limit => new LimitReply
        {
            Status = limit.IsConflict ? LimitStatus.Conflict : LimitStatus.Current,
            Limit = limit.Limit == 0 ? null : limit.Limit,
            Version = limit.Version,
        },
        LockReply.Denied denied => new LimitReply { Status = LimitStatus.Refused, Detail = denied.Detail },
        _ => new LimitReply { Status = LimitStatus.Unknown, Detail = Detail(answer) },
    };

    public static LockCommand.Upgrade ToCommand(UpgradeRequest request) =>
        new(new LeaseId(request.LeaseId), request.Change, request.Wait, request.Slice, request.BeatPeriod);

    public static LockCommand.Downgrade ToCommand(DowngradeRequest request) =>
        new(new LeaseId(request.LeaseId), request.Change, request.Mode, request.Permits);

    public static ChangeReply ToChangeReply(LockAnswer answer) => answer.Reply switch
    {
        LockReply.Changed changed => new ChangeReply
        {
            Status = ChangeStatus.Changed,
            Mode = changed.Lease.Mode,
            Permits = changed.Lease.Permits,
            FencingToken = changed.Lease.FencingToken.Value,
        },
        LockReply.NotHeld notHeld => new ChangeReply { Status = ChangeStatus.NotHeld, End = notHeld.Reason },
        LockReply.Denied denied => new ChangeReply { Status = ChangeStatus.Refused, Detail = denied.Detail },
        _ => new ChangeReply { Status = ChangeStatus.Unknown, Detail = Detail(answer) },
    };

    public static AcquireReply ToAcquireReply(LockAnswer answer) => answer.Reply switch
    {
        LockReply.Granted granted => new AcquireReply
        {
            Status = AcquireStatus.Granted,
            FencingToken = granted.Lease.FencingToken.Value,
            ValidFor = answer.ValidFor,
            Lease = granted.Lease.Request.Duration,
            PermitNumbers = granted.Lease.Numbers,
            ValueVersion = granted.ValueVersion,
        },
        LockReply.Queued queued => new AcquireReply
        {
            Status = AcquireStatus.Queued,
            Place = queued.Place,
            QueueLength = queued.QueueLength,
            Estimate = queued.Estimate,
        },
        LockReply.Denied denied => new AcquireReply
        {
            Status = AcquireStatus.Denied,
            Reason = denied.Reason,
            QueueLength = denied.QueueLength,
            Detail = denied.Detail,
        },
        _ => new AcquireReply { Status = AcquireStatus.Unknown, Detail = Detail(answer) },
    };

    public static RenewReply ToRenewReply(LockAnswer answer) => answer.Reply switch
    {
        LockReply.Renewed renewed => new RenewReply { Status = RenewStatus.Renewed, ValidFor = answer.ValidFor, Waiters = renewed.Waiters },
        LockReply.NotHeld notHeld => new RenewReply { Status = RenewStatus.NotHeld, End = notHeld.Reason },
        _ => new RenewReply { Status = RenewStatus.Unknown, Detail = Detail(answer) },
    };

    public static LockCommand.Beat ToCommand(ImmutableArray<Guid> leaseIds) => new([.. leaseIds.Select(id => new LeaseId(id))]);

    public static ImmutableArray<BeatReply> ToBeatReplies(LockAnswer answer, int count) => answer.Reply is LockReply.Heard heard
        ? [.. heard.Places.Select(place => place == default
            ? new BeatReply { Status = BeatStatus.CallAgain }
            : new BeatReply { Status = BeatStatus.Waits, Place = place.Place, QueueLength = heard.QueueLength, Estimate = place.Estimate })]
        : [.. Enumerable.Repeat(new BeatReply { Status = BeatStatus.Unknown }, count)];

    public static ReleaseReply ToReleaseReply(LockAnswer answer) => answer.Reply switch
    {
        LockReply.Ended => new ReleaseReply { Status = ReleaseStatus.Released },
        LockReply.NotHeld notHeld => new ReleaseReply { Status = ReleaseStatus.NotHeld, End = notHeld.Reason },
        _ => new ReleaseReply { Status = ReleaseStatus.Unknown, Detail = Detail(answer) },
    };

    public static CancelReply ToCancelReply(LockAnswer answer) => answer.Reply switch
    {
        LockReply.Ended { Reason: EndReason.Cancelled } => new CancelReply { Status = CancelStatus.Cancelled },
        LockReply.Ended => new CancelReply { Status = CancelStatus.Released },
        LockReply.NotHeld => new CancelReply { Status = CancelStatus.NotHeld },
        _ => new CancelReply { Status = CancelStatus.Unknown, Detail = Detail(answer) },
    };

    public static VerifyReply ToVerifyReply(LockAnswer answer, FencingToken lastToken) => answer.Reply switch
    {
        LockReply.Current => new VerifyReply { Status = VerifyStatus.Current, LastFencingToken = lastToken.Value },
        LockReply.NotHeld => new VerifyReply { Status = VerifyStatus.NotHeld, LastFencingToken = lastToken.Value },
        _ => new VerifyReply { Status = VerifyStatus.Unknown, Detail = Detail(answer) },
    };

    public static RevokeReply ToRevokeReply(LockAnswer answer) => answer.Reply switch
    {
        LockReply.Ended ended => new RevokeReply { Status = RevokeStatus.Revoked, FencingToken = ended.FencingToken.Value, Count = ended.Count },
        LockReply.NotHeld => new RevokeReply { Status = RevokeStatus.NotHeld },
        _ => new RevokeReply { Status = RevokeStatus.Unknown, Detail = Detail(answer) },
    };

    public static WatchReply UnknownWatch(string detail) => new() { Status = WatchStatus.Unknown, Detail = detail };

    public static WatchReply RefusedWatch(string detail) => new() { Status = WatchStatus.Refused, Detail = detail };

    public static LockInfo UnknownInfo(string detail) => new() { Known = false, Detail = detail };

    public static LockInfo ToInfo(LockState state, FencingToken lastToken, LockTime at, LockPolicy policy, Pace pace)
    {
        var now = at.Monotonic;

        // The upgrade that waits is before the queue, and has no place in it.
        var first = state.Upgrade is null ? 1 : 0;
        return new LockInfo
        {
            Known = true,
            Holders = [.. state.Holders.Take(LockInfo.HoldersMax).Select(lease => ToInfo(lease, now))],
            HolderCount = state.Holders.Length,
            PermitsTaken = state.Holders.Sum(static lease => (long)lease.Permits),
            Limit = state.Data?.Limit is > 0 and var limit ? limit : null,
            LimitVersion = state.Data?.LimitVersion ?? 0,
            Value = ToValue(state.Data?.ValueAt(at.UnixMilliseconds), at.UnixMilliseconds),
            QueueLength = state.Queue.Count,
            Waiters = [.. WaitersOf(state).Take(LockInfo.WaitersMax).Select((waiter, index) => ToInfo(waiter, now, waiter.IsUpgrade ? null : pace.EstimateFor(first + index)))],
            FirstWaitsFor = state.FindObstacle(policy),
            Pace = pace.Mean,
            LastFencingToken = lastToken.Value,
        };
    }

    private static HolderInfo ToInfo(Lease lease, TimeSpan now) => new()
    {
        OwnerId = lease.Request.OwnerId,
        FencingToken = lease.FencingToken.Value,
        Lease = lease.Request.Duration,
        ExpiresIn = lease.ExpiresAt > now ? lease.ExpiresAt - now : TimeSpan.Zero,
        LockDelay = lease.Request.Delay,
        IsHeldBack = lease.IsHeldBack(now),
        SessionId = lease.Request.Session?.Id,
        HeldFor = now - lease.GrantedAt,
        Mode = lease.Mode,
        Permits = lease.Permits,
        Limit = LimitOf(lease.Request),
        PermitNumbers = lease.Numbers,
    };

    private static WaiterInfo ToInfo(Waiter waiter, TimeSpan now, TimeSpan? estimate) => new()
    {
        OwnerId = waiter.Request.OwnerId,
        Ticket = waiter.Ticket,
        Attached = waiter.AttachedUntil > now,
        WaitedFor = now - waiter.EnqueuedAt,
        Estimate = estimate,
        SessionId = waiter.Request.Session?.Id,
        Mode = waiter.Request.Mode,
        Permits = waiter.Request.Permits,
        Limit = LimitOf(waiter.Request),
    };

    private static IEnumerable<Waiter> WaitersOf(LockState state) => state.Upgrade is { } upgrade ? state.Queue.Waiters.Prepend(upgrade) : state.Queue.Waiters;

    private static NewValue ToNewValue(LockValue value) => new(value.Bytes.IsDefault ? [] : value.Bytes, value.KeepFor);

    private static LockValue? ToValue(KeyValue? value, long unixMilliseconds) => value is null ? null : new LockValue
    {
        Bytes = value.Bytes,
        KeepFor = value.IsEphemeral ? null : TimeSpan.FromMilliseconds(value.KeptUntil - unixMilliseconds),
    };

    private static int? LimitOf(LockRequest request) => request.Limit == 0 ? null : request.Limit;

    private static string Detail(LockAnswer answer) => answer.Reply is LockReply.Unknown unknown
        ? unknown.Detail
        : throw new InvariantViolationException($"a command is never answered with {answer.Reply.GetType().Name} here");
}
