using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Replies;
using LockGrains.AspNetCore.Requests;

namespace LockGrains.AspNetCore.Calls;

/// <summary>What operators do. Each is written down, whatever comes of it.</summary>
internal static class OperatorCalls
{
    public static async Task<Reply> RevokeAsync(ApiCall call)
    {
        JsonBody body;
        try
        {
            body = await call.ReadAsync(AccessVerb.Revoke);
        }
        catch (ProblemException exception) when (exception.Problem.Code == Problem.Forbidden.Code)
        {
            call.Services.Audit.Revoked(Audited(call, call.Key!, reason: null), 0, Problem.Forbidden.Code);
            throw;
        }

        var (token, reason, force) = (body.Long("fencingToken"), body.TextOrNull("reason"), body.Flag("force", false));
        body.End();
        if (token < 0)
            throw Problem.InvalidMember("fencingToken", "fencingToken must be that of the hold, or 0 with force for all holds.");
        if (token == 0 && !force)
            throw Problem.InvalidMember("fencingToken", "fencingToken is 0, which revokes whoever holds the lock then. Say force: true if that is meant.");
        var reply = await AuditedAsync(call.CommandAsync(() => call.GetLock(call.Key!).RevokeAsync(token)), result => call.Services.Audit.Revoked(Audited(call, call.Key!, reason), token, result), NameOf);
        return reply.Status switch
        {
            RevokeStatus.Revoked => Reply.Of(new RevokedJson("revoked", call.Key!, reply.FencingToken, reply.Count), static text => text.RevokedJson),
            RevokeStatus.NotHeld => Reply.Of(Problem.NotHeld.With("Nobody holds it, or not with that token. Nothing was done.") with { Key = call.Key }),
            _ => Reply.Of(Problem.Unknown(call.Key)),
        };
    }

    public static async Task<Reply> SetLimitAsync(ApiCall call)
    {
        JsonBody body;
        try
        {
            body = await call.ReadAsync(AccessVerb.Revoke);
        }
        catch (ProblemException exception) when (exception.Problem.Code == Problem.Forbidden.Code)
        {
            call.Services.Audit.LimitSet(Audited(call, call.Key!, reason: null), null, Problem.Forbidden.Code);
            throw;
        }

        var (limit, ifVersion, reason) = (body.RequireWholeOrNull("limit"), body.Long("ifVersion"), body.TextOrNull("reason"));
        body.End();
        var reply = await AuditedAsync(
            call.CommandAsync(() => call.GetLock(call.Key!).SetLimitAsync(limit, ifVersion)), result => call.Services.Audit.LimitSet(Audited(call, call.Key!, reason), limit, result), NameOf);
        return reply.Status switch
        {
            LimitStatus.Current => Reply.Of(new LimitJson("set", call.Key!, reply.Limit, reply.Version), static text => text.LimitJson),
            LimitStatus.Conflict => Reply.Of(Problem.Conflict.With("The limit has another version than was expected. Nothing was set.") with { Key = call.Key, Version = reply.Version }),
            LimitStatus.Refused => Reply.Of(HoldCalls.Refused(reply.Detail) with { Key = call.Key }),
            _ => Reply.Of(Problem.Unknown(call.Key)),
        };
    }

    /// <summary>Writes down what came of a call, also where nobody knows that.</summary>
    internal static async Task<T> AuditedAsync<T>(Task<T> call, Action<string> write, Func<T, string> nameOf)
    {
        var result = Problem.OutcomeUnknown.Code;
        try
        {
            var reply = await call;
            result = nameOf(reply);
            return reply;
        }
        finally
        {
            write(result);
        }
    }

    /// <summary>Who asks, for the audit log.</summary>
    internal static AuditedCall Audited(ApiCall call, string key, string? reason) => new(call.Who, call.Context.Connection.RemoteIpAddress, key, reason);

    internal static string NameOf(RevokeReply reply) => reply.Status switch
    {
        RevokeStatus.Revoked => "revoked",
        RevokeStatus.NotHeld => Problem.NotHeld.Code,
        _ => Problem.OutcomeUnknown.Code,
    };

    private static string NameOf(LimitReply reply) => reply.Status switch
    {
        LimitStatus.Current => "set",
        LimitStatus.Conflict => Problem.Conflict.Code,
        LimitStatus.Refused => Problem.Invalid.Code,
        _ => Problem.OutcomeUnknown.Code,
    };
}
