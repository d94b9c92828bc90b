using LockGrains.AspNetCore.Replies;
using Microsoft.AspNetCore.Http;

namespace LockGrains.AspNetCore.Requests;

/// <summary>Reads the query of a request. A key is there only to read its lock, and a <c>leaseId</c> never: addresses are logged.</summary>
internal static class QueryReader
{
    private const string KeyName = "key";

    /// <summary>The key, which keeps its rules, and nothing else.</summary>
    /// <exception cref="ProblemException">It is missing, there twice or wrong, or there is more.</exception>
    public static string ReadKey(HttpRequest request)
    {
        ThrowIfOther(request, KeyName);
        if (request.Query[KeyName] is not [{ } key])
            throw Problem.InvalidMember(KeyName, $"The query must have one {KeyName}, percent-encoded.");
        return LockKey.FindProblem(key) is { } problem ? throw Problem.InvalidMember(KeyName, problem) : key;
    }

    /// <summary>Makes sure that there is none.</summary>
    public static void ReadNothing(HttpRequest request) => ThrowIfOther(request, null);

    // What it is called is not repeated: the query may be a leaseId.
    private static void ThrowIfOther(HttpRequest request, string? name)
    {
        if (request.Query.Keys.Any(other => other != name))
            throw Problem.InvalidMember("query", name is null ? "This call has no query." : $"The query may have {name}, and nothing else.");
    }
}
