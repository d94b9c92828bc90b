using System.Globalization;
using LockGrains.AspNetCore.Replies;
using Microsoft.AspNetCore.Http;

namespace LockGrains.AspNetCore.Requests;

/// <summary>Reads the query of a request. A key is there only to read its lock, and a <c>leaseId</c> never: addresses are logged.</summary>
internal static class QueryReader
{
    private const string KeyName = "key";
    private const string SessionName = "id";
    private const string PrefixName = "prefix";
    private const string StateName = "state";
    private const string AfterName = "after";
    private const string LimitName = "limit";
    private const int LimitDefault = 100;

    /// <summary>The key, which keeps its rules, and nothing else.</summary>
    /// <exception cref="ProblemException">It is missing, there twice or wrong, or there is more.</exception>
    public static string ReadKey(HttpRequest request)
    {
        ThrowIfOther(request, KeyName);
        return FindKey(request) ?? throw Problem.InvalidMember(KeyName, $"The query must have one {KeyName}, percent-encoded.");
    }

    /// <summary>The key, or the prefix of many keys: one of the two, and nothing else.</summary>
    public static (string? Key, string? Prefix) ReadKeyOrPrefix(HttpRequest request)
    {
        ThrowIfOther(request, KeyName, PrefixName);
        return (FindKey(request), FindPrefix(request)) is var (key, prefix) && (key is null) != (prefix is null)
            ? (key, prefix)
            : throw Problem.InvalidMember(KeyName, $"The query must have one {KeyName} or one {PrefixName}, percent-encoded.");
    }

    /// <summary>The id of a session, and nothing else.</summary>
    public static string ReadSession(HttpRequest request)
    {
        ThrowIfOther(request, SessionName);
        return Find(request, SessionName) is { } id && LockKey.FindProblem(id) is null
            ? id
            : throw Problem.InvalidMember(SessionName, $"The query must have one {SessionName}, that of a session as it was opened.");
    }

    /// <summary>Which locks are to be listed.</summary>
    public static LockListRequest ReadList(HttpRequest request)
    {
        ThrowIfOther(request, PrefixName, StateName, AfterName, LimitName);
        var after = Find(request, AfterName);
        if (after is not null && LockKey.FindProblem(after) is { } problem)
            throw Problem.InvalidMember(AfterName, $"{AfterName} must be a key. {problem}");
        return new LockListRequest { Prefix = FindPrefix(request) ?? "", State = ReadState(request), After = after, Limit = ReadLimit(request) };
    }

    /// <summary>Makes sure that there is none.</summary>
    public static void ReadNothing(HttpRequest request) => ThrowIfOther(request);

    private static LockListState ReadState(HttpRequest request) => Find(request, StateName) switch
    {
        null or "all" => LockListState.All,
        "held" => LockListState.Held,
        "waited" => LockListState.Waited,
        _ => throw Problem.InvalidMember(StateName, $"{StateName} must be held, waited or all."),
    };

    private static int ReadLimit(HttpRequest request)
    {
        if (Find(request, LimitName) is not { } text)
            return LimitDefault;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= LockListRequest.LimitMax
            ? limit
            : throw Problem.InvalidMember(LimitName, string.Create(CultureInfo.InvariantCulture, $"{LimitName} must be a whole number, 1 to {LockListRequest.LimitMax}."));
    }

    private static string? FindKey(HttpRequest request)
    {
        var key = Find(request, KeyName);
        return key is not null && LockKey.FindProblem(key) is { } problem ? throw Problem.InvalidMember(KeyName, problem) : key;
    }

    private static string? FindPrefix(HttpRequest request)
    {
        var prefix = Find(request, PrefixName);
        return prefix is not null && LockPrefix.FindProblem(prefix) is { } problem ? throw Problem.InvalidMember(PrefixName, problem) : prefix;
    }

    private static string? Find(HttpRequest request, string name) => request.Query[name] switch
    {
        [] => null,
        [{ } value] => value,
        _ => throw Problem.InvalidMember(name, $"The query must have one {name}, percent-encoded."),
    };

    // What it is called is not repeated: the query may be a leaseId.
    private static void ThrowIfOther(HttpRequest request, params ReadOnlySpan<string> names)
    {
        foreach (var other in request.Query.Keys)
        {
            if (names.Contains(other))
                continue;
            throw Problem.InvalidMember("query", names.IsEmpty ? "This call has no query." : $"The query may have {string.Join(", ", names)}, and nothing else.");
        }
    }
}
