namespace LockGrains.AspNetCore.Requests;

/// <summary>What a lock says of a request that breaks a rule, in the names of this API: it begins with the parameter.</summary>
internal static class MemberNames
{
    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["LeaseId"] = "leaseId",
        ["Lease"] = "leaseSeconds",
        ["OwnerId"] = "owner",
        ["Wait"] = "waitSeconds",
        ["Mode"] = "mode",
        ["Permits"] = "permits",
        ["Limit"] = "limit",
        ["LockDelay"] = "lockDelaySeconds",
        ["Value"] = "value",
        ["KeepFor"] = "value.keepForSeconds",
        ["Change"] = "change",
        ["IfVersion"] = "ifVersion",
        ["SessionId"] = "session",
        ["SessionToken"] = "sessionToken",
    };

    /// <summary>The member that a sentence is about; null when it is none of the request's.</summary>
    public static string? Find(string? detail) => detail is not null && Names.TryGetValue(FirstWord(detail), out var name) ? name : null;

    /// <summary>The sentence, with the member's name.</summary>
    public static string InWords(string? detail)
    {
        if (detail is null)
            return "The lock did not say why.";
        return Find(detail) is { } name ? $"{name}{detail[FirstWord(detail).Length..]}" : detail;
    }

    private static string FirstWord(string detail) => detail.Split(' ', 2)[0];
}
