using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Replies;
using LockGrains.AspNetCore.Requests;
using LockGrains.Core;

namespace LockGrains.AspNetCore.Calls;

/// <summary>
/// Sessions: holds of keys of their own, under which locks are held. An id is of a session here and never of a lock, whatever it looks like. No rule of an
/// access key covers a random id, so a verb that is allowed for any lock is enough; only the end of somebody else's session needs more.
/// </summary>
internal static class SessionCalls
{
    private static readonly TimeSpan LeaseDefault = TimeSpan.FromSeconds(15);

    public static async Task<Reply> OpenAsync(ApiCall call)
    {
        var body = await call.ReadAnywhereAsync(AccessVerb.Acquire);
        var id = body.NewSession();
        var request = new AcquireRequest
        {
            LeaseId = body.LeaseId(),
            OwnerId = body.Text("owner"),
            Lease = body.Seconds("leaseSeconds", LeaseDefault),
            Renews = body.Flag("renews", false),
            LockDelay = body.Seconds("lockDelaySeconds", TimeSpan.Zero),
            Value = body.Value("metadata"),
        };
        body.End();
        if (request.OwnerId.Length == 0)
            throw Problem.InvalidMember("owner", "owner must not be empty: it is what others are shown.");
        if (request.Value?.KeepFor is not null)
            throw Problem.InvalidMember("metadata.keepForSeconds", "metadata.keepForSeconds must be left out: metadata ends with its session.");
        var reply = await call.CommandAsync(() => call.Services.Grains.GetSession(id).AcquireAsync(request));
        return reply.Status switch
        {
            AcquireStatus.Granted => Reply.Of(
                new OpenedJson("opened", id, reply.FencingToken, reply.ValidFor.TotalSeconds, reply.Lease.TotalSeconds), static text => text.OpenedJson),
            AcquireStatus.Denied => Reply.Of(AsMetadata(AcquireCalls.ProblemOf(reply))),
            _ => Reply.Of(Problem.Unknown(key: null)),
        };
    }

    public static async Task<Reply> RenewAsync(ApiCall call)
    {
        var (id, leaseId) = await ReadAsync(call);
        var reply = await call.CommandAsync(() => call.Services.Grains.GetSession(id).RenewAsync(leaseId));
        return reply.Status switch
        {
            RenewStatus.Renewed => Reply.Of(
                new SessionRenewedJson("renewed", id, reply.ValidFor.TotalSeconds, reply.RevokedKeys), static text => text.SessionRenewedJson),
            RenewStatus.NotHeld => HoldCalls.NotHeld(call, reply.End),
            _ => Reply.Of(Problem.Unknown(key: null)),
        };
    }

    /// <summary>Right whether the session lives, is over, or was never opened: an open that comes later does nothing.</summary>
    public static async Task<Reply> CloseAsync(ApiCall call)
    {
        var (id, leaseId) = await ReadAsync(call);
        var reply = await call.CommandAsync(() => call.Services.Grains.GetSession(id).CancelAsync(leaseId));
        return reply.Status switch
        {
            CancelStatus.Cancelled or CancelStatus.Released => Closed(id, "closed"),
            CancelStatus.NotHeld => Closed(id, "not-held"),
            _ => Reply.Of(Problem.Unknown(key: null)),
        };
    }

    public static async Task<Reply> GetAsync(ApiCall call)
    {
        call.AuthorizeAnywhere(AccessVerb.Read);
        var id = QueryReader.ReadSession(call.Context.Request);
        var info = await call.QueryAsync(() => call.Services.Grains.GetSession(id).GetInfoAsync());
        if (!info.Known)
            return Reply.Of(call.Unavailable());
        var session = info.Holder;
        return Reply.Of(
            new SessionJson(
                id,
                session is not null,
                session?.OwnerId,
                session?.FencingToken ?? 0,
                session?.Lease.TotalSeconds ?? 0,
                session?.ExpiresIn.TotalSeconds ?? 0,
                session?.HeldFor.TotalSeconds ?? 0,
                session is null ? null : StatusReport.Of(info.Value)),
            static text => text.SessionJson);
    }

    /// <summary>It ends locks of any key. So it needs a rule for all of them.</summary>
    public static async Task<Reply> RevokeAsync(ApiCall call)
    {
        call.Identify(AccessVerb.Revoke);
        QueryReader.ReadNothing(call.Context.Request);
        var body = await BodyReader.ReadAsync(call.Context.Request, BodyReader.BytesMax, call.Gone);
        var id = body.Session();
        try
        {
            call.AuthorizePrefix(AccessVerb.Revoke, "");
        }
        catch (ProblemException exception) when (exception.Problem.Code == Problem.Forbidden.Code)
        {
            call.Services.Audit.SessionRevoked(OperatorCalls.Audited(call, id, reason: null), Problem.Forbidden.Code);
            throw;
        }

        var reason = body.TextOrNull("reason");
        body.End();

        // No other session comes under an id, so whoever holds it is the one that is meant.
        var reply = await OperatorCalls.AuditedAsync(
            call.CommandAsync(() => call.Services.Grains.GetSession(id).RevokeAsync(0)),
            result => call.Services.Audit.SessionRevoked(OperatorCalls.Audited(call, id, reason), result),
            OperatorCalls.NameOf);
        return reply.Status switch
        {
            RevokeStatus.Revoked => Closed(id, "revoked"),
            RevokeStatus.NotHeld => Reply.Of(Problem.NotHeld.With("There is no such session, or it is over. Nothing was done.")),
            _ => Reply.Of(Problem.Unknown(key: null)),
        };
    }

    private static async Task<(string Id, Guid LeaseId)> ReadAsync(ApiCall call)
    {
        var body = await call.ReadAnywhereAsync(AccessVerb.Acquire);
        var (id, leaseId) = (body.Session(), body.LeaseId());
        body.End();
        return (id, leaseId);
    }

    private static Reply Closed(string id, string outcome) => Reply.Of(new ClosedJson(outcome, id), static text => text.ClosedJson);

    // A session's metadata is the value of its lock.
    private static ProblemJson AsMetadata(ProblemJson problem) => problem.Member == "value"
        ? problem with { Member = "metadata", Detail = $"metadata{problem.Detail["value".Length..]}" }
        : problem;
}
