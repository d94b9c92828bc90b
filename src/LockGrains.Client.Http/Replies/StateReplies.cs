using LockGrains.Core;

namespace LockGrains;

/// <summary>What a server said of a lock as a whole: its value, its limit, whether a hold is current, what an operator did.</summary>
internal static class StateReplies
{
    /// <summary>A value as it was set.</summary>
    public static ValueReply ToValue(ApiReply<ReplyJson> reply, string key) => reply switch
    {
        { Problem: { Code: "conflict", Version: { } version } } => new ValueReply { Status = ValueStatus.Conflict, Version = version },
        { Problem: { Code: "not-held" } problem } => new ValueReply { Status = ValueStatus.NotHeld, End = Names.EndOf(problem.End) },
        { Problem: { Code: "invalid" or "too-large" } problem } => new ValueReply { Status = ValueStatus.Refused, Detail = problem.Detail },
        { Value: { Outcome: "set", Version: { } version } set } when set.Key == key && TryRead(set.Value, out var value) =>
            new ValueReply { Status = ValueStatus.Current, Value = value, Version = version },
        _ => new ValueReply { Status = ValueStatus.Unknown, Detail = reply.Detail },
    };

    /// <summary>A value as it was read.</summary>
    public static ValueReply ToReadValue(ApiReply<ReplyJson> reply, string key) =>
        reply.Value is { Outcome: null, Version: { } version } read && read.Key == key && TryRead(read.Value, out var value)
            ? new ValueReply { Status = ValueStatus.Current, Value = value, Version = version }
            : new ValueReply { Status = ValueStatus.Unknown, Detail = reply.Detail };

    /// <summary>A limit.</summary>
    public static LimitReply ToLimit(ApiReply<ReplyJson> reply, string key) => reply switch
    {
        { Problem: { Code: "conflict", Version: { } version } } => new LimitReply { Status = LimitStatus.Conflict, Version = version },
        { Problem: { Code: "invalid" } problem } => new LimitReply { Status = LimitStatus.Refused, Detail = problem.Detail },
        { Value: { Outcome: "set", Version: { } version } set } when set.Key == key => new LimitReply { Status = LimitStatus.Current, Limit = set.Limit, Version = version },
        _ => new LimitReply { Status = LimitStatus.Unknown, Detail = reply.Detail },
    };

    /// <summary>Whether a hold is current.</summary>
    public static VerifyReply ToVerify(ApiReply<ReplyJson> reply, string key) => reply.Value switch
    {
        { Outcome: "current" } value when value.Key == key => new VerifyReply { Status = VerifyStatus.Current, LastFencingToken = value.LastFencingToken ?? 0 },
        { Outcome: "not-held" } value when value.Key == key => new VerifyReply { Status = VerifyStatus.NotHeld, LastFencingToken = value.LastFencingToken ?? 0 },
        _ => new VerifyReply { Status = VerifyStatus.Unknown, Detail = reply.Detail },
    };

    /// <summary>What came of a revocation.</summary>
    /// <param name="reply">What was said.</param>
    /// <param name="isOfThis">Whether a reply is about this lock or session.</param>
    public static RevokeReply ToRevoke(ApiReply<ReplyJson> reply, Func<ReplyJson, bool> isOfThis) => reply switch
    {
        { Problem.Code: "not-held" } => new RevokeReply { Status = RevokeStatus.NotHeld },

        // Of a session nothing more is said: it is one hold.
        { Value: { Outcome: "revoked" } value } when isOfThis(value) =>
            new RevokeReply { Status = RevokeStatus.Revoked, FencingToken = value.FencingToken ?? 0, Count = value.Count ?? 1 },
        _ => new RevokeReply { Status = RevokeStatus.Unknown, Detail = reply.Detail },
    };

    /// <summary>A value; false where it is none.</summary>
    public static bool TryRead(ValueJson? json, out LockValue? value)
    {
        value = null;
        if (json is null)
            return true;
        if (json.Base64 is null)
            return false;

        try
        {
            value = new LockValue { Bytes = [.. Convert.FromBase64String(json.Base64)], KeepFor = Seconds.Show(json.KeepForSeconds) };
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    /// <summary>A value that is to be set; one without bytes clears it.</summary>
    public static NewValueJson ToJson(LockValue value) =>
        new(value.Bytes.IsDefaultOrEmpty ? "" : Convert.ToBase64String(value.Bytes.AsSpan()), value.KeepFor?.TotalSeconds);
}
