using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Replies;
using LockGrains.AspNetCore.Requests;
using LockGrains.Core;

namespace LockGrains.AspNetCore.Calls;

/// <summary>What the holder of a lock does with it. None of these is ever refused for load.</summary>
internal static class HoldCalls
{
    public static async Task<Reply> RenewAsync(ApiCall call)
    {
        var leaseId = await ReadLeaseIdAsync(call);
        var reply = await call.CommandAsync(() => call.GetLock(call.Key!).RenewAsync(leaseId));
        return reply.Status switch
        {
            RenewStatus.Renewed => Reply.Of(new RenewedJson("renewed", call.Key!, reply.ValidFor.TotalSeconds, reply.Waiters), static text => text.RenewedJson),
            RenewStatus.NotHeld => NotHeld(call, reply.End),
            _ => Reply.Of(Problem.Unknown(call.Key)),
        };
    }

    public static async Task<Reply> ReleaseAsync(ApiCall call)
    {
        var leaseId = await ReadLeaseIdAsync(call);
        var reply = await call.CommandAsync(() => call.GetLock(call.Key!).ReleaseAsync(leaseId));
        return reply.Status switch
        {
            ReleaseStatus.Released => Ended(call, "released"),
            ReleaseStatus.NotHeld => NotHeld(call, reply.End),
            _ => Reply.Of(Problem.Unknown(call.Key)),
        };
    }

    public static async Task<Reply> CancelAsync(ApiCall call)
    {
        var leaseId = await ReadLeaseIdAsync(call);
        var reply = await call.CommandAsync(() => call.GetLock(call.Key!).CancelAsync(leaseId));
        if (reply.Status != CancelStatus.Unknown)
            call.Services.Room.Forget(call.Key!, leaseId);
        return reply.Status switch
        {
            CancelStatus.Cancelled => Ended(call, "cancelled"),
            CancelStatus.Released => Ended(call, "released"),
            CancelStatus.NotHeld => Ended(call, "not-held"),
            _ => Reply.Of(Problem.Unknown(call.Key)),
        };
    }

    public static async Task<Reply> VerifyAsync(ApiCall call)
    {
        var leaseId = await ReadLeaseIdAsync(call);
        var reply = await call.CommandAsync(() => call.GetLock(call.Key!).VerifyAsync(leaseId));
        return reply.Status is VerifyStatus.Current or VerifyStatus.NotHeld
            ? Verified(call, reply.Status == VerifyStatus.Current, reply.LastFencingToken)
            : Reply.Of(Problem.Unknown(call.Key));
    }

    public static async Task<Reply> CancelUpgradeAsync(ApiCall call)
    {
        var body = await call.ReadAsync(AccessVerb.Acquire);
        var (leaseId, change) = (body.LeaseId(), body.Whole("change"));
        body.End();
        return Read(call, await call.CommandAsync(() => call.GetLock(call.Key!).CancelUpgradeAsync(leaseId, change)));
    }

    public static async Task<Reply> DowngradeAsync(ApiCall call)
    {
        var body = await call.ReadAsync(AccessVerb.Acquire);
        var request = new DowngradeRequest
        {
            LeaseId = body.LeaseId(),
            Change = body.Whole("change"),
            Mode = body.Mode("mode", LockMode.Shared),
            Permits = body.Whole("permits", 1),
        };
        body.End();
        return Read(call, await call.CommandAsync(() => call.GetLock(call.Key!).DowngradeAsync(request)));
    }

    public static async Task<Reply> SetValueAsync(ApiCall call)
    {
        var body = await call.ReadAsync(AccessVerb.Acquire);
        var request = new SetValueRequest { LeaseId = body.LeaseId(), Value = body.RequireValue("value") ?? new LockValue(), IfVersion = body.Long("ifVersion") };
        body.End();
        var reply = await call.CommandAsync(() => call.GetLock(call.Key!).SetValueAsync(request));
        return reply.Status switch
        {
            ValueStatus.Current => Reply.Of(new ValueSetJson("set", call.Key!, StatusReport.Of(reply.Value), reply.Version), static text => text.ValueSetJson),
            ValueStatus.Conflict => Reply.Of(Problem.Conflict.With("The value has another version than was expected. Nothing was set.") with { Key = call.Key, Version = reply.Version }),
            ValueStatus.NotHeld => NotHeld(call, reply.End),
            ValueStatus.Refused => Reply.Of(Refused(reply.Detail) with { Key = call.Key }),
            _ => Reply.Of(Problem.Unknown(call.Key)),
        };
    }

    /// <summary>That a lock says that a request breaks a rule.</summary>
    /// <param name="detail">What it says.</param>
    public static ProblemJson Refused(string? detail) => Problem.Invalid.With(MemberNames.InWords(detail)) with { Member = MemberNames.Find(detail) };

    /// <summary>That a hold is over.</summary>
    public static Reply NotHeld(ApiCall call, EndReason end) => Reply.Of(
        Problem.NotHeld.With("It is over, or never was. Nothing was done.") with { Key = call.Key, End = RecentName.Of(end) });

    private static async Task<Guid> ReadLeaseIdAsync(ApiCall call)
    {
        var body = await call.ReadAsync(AccessVerb.Acquire);
        var leaseId = body.LeaseId();
        body.End();
        return leaseId;
    }

    private static Reply Ended(ApiCall call, string outcome) => Reply.Of(new EndedJson(outcome, call.Key!), static text => text.EndedJson);

    private static Reply Verified(ApiCall call, bool isCurrent, long lastToken) =>
        Reply.Of(new VerifiedJson(isCurrent ? "current" : "not-held", call.Key!, isCurrent, lastToken), static text => text.VerifiedJson);

    private static Reply Read(ApiCall call, ChangeReply reply) => reply.Status switch
    {
        ChangeStatus.Changed => Reply.Of(
            new ChangedJson("changed", call.Key!, HoldText.NameOf(reply.Mode), reply.Permits, reply.FencingToken), static text => text.ChangedJson),
        ChangeStatus.NotHeld => NotHeld(call, reply.End),
        ChangeStatus.Refused => Reply.Of(Refused(reply.Detail) with { Key = call.Key }),
        _ => Reply.Of(Problem.Unknown(call.Key)),
    };
}
