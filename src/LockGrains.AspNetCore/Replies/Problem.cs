using Microsoft.AspNetCore.Http;

namespace LockGrains.AspNetCore.Replies;

/// <summary>A kind of problem: each has a code, a status and a title that never change.</summary>
/// <param name="Code">The last part of its URN.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Title">The same for every such problem.</param>
/// <param name="RetryAfter">The seconds after which the same request is welcome again; null where it would meet the same problem.</param>
internal sealed record Problem(string Code, int Status, string Title, int? RetryAfter = null)
{
    public static Problem Invalid { get; } = new("invalid", StatusCodes.Status400BadRequest, "The request breaks a rule");

    public static Problem Unauthenticated { get; } = new("unauthenticated", StatusCodes.Status401Unauthorized, "An access key is needed");

    public static Problem Forbidden { get; } = new("forbidden", StatusCodes.Status403Forbidden, "The access key does not allow this");

    public static Problem NotFound { get; } = new("not-found", StatusCodes.Status404NotFound, "There is no such call");

    public static Problem MethodNotAllowed { get; } = new("method-not-allowed", StatusCodes.Status405MethodNotAllowed, "The call has another method");

    public static Problem TooSlow { get; } = new("too-slow", StatusCodes.Status408RequestTimeout, "The request came too slowly", 1);

    public static Problem Ended { get; } = new("ended", StatusCodes.Status409Conflict, "The request is over");

    public static Problem OtherRequest { get; } = new("other-request", StatusCodes.Status409Conflict, "The leaseId belongs to another request");

    public static Problem NotHeld { get; } = new("not-held", StatusCodes.Status409Conflict, "There is no such hold");

    public static Problem SessionEnded { get; } = new("session-ended", StatusCodes.Status409Conflict, "The session is over");

    public static Problem OverLimit { get; } = new("over-limit", StatusCodes.Status409Conflict, "More permits than the limit of the key");

    public static Problem Conflict { get; } = new("conflict", StatusCodes.Status409Conflict, "It has another version");

    public static Problem TooLarge { get; } = new("too-large", StatusCodes.Status413PayloadTooLarge, "The body is too large");

    public static Problem NotJson { get; } = new("not-json", StatusCodes.Status415UnsupportedMediaType, "The body must be JSON");

    public static Problem Busy { get; } = new("busy", StatusCodes.Status423Locked, "Somebody holds the lock, or waits for it", 1);

    public static Problem TimedOut { get; } = new("timed-out", StatusCodes.Status423Locked, "The wait ended before the lock came");

    public static Problem QueueFull { get; } = new("queue-full", StatusCodes.Status429TooManyRequests, "The queue of the lock is full", 1);

    public static Problem TooManyWaiting { get; } = new("too-many-waiting", StatusCodes.Status429TooManyRequests, "Too many wait through this host", 1);

    public static Problem TooManyStreams { get; } = new("too-many-streams", StatusCodes.Status429TooManyRequests, "Too many event streams of this host", 5);

    public static Problem TooManyLists { get; } = new("too-many-lists", StatusCodes.Status429TooManyRequests, "Too many lists at a time", 1);

    public static Problem Internal { get; } = new("internal", StatusCodes.Status500InternalServerError, "This host has made a mistake");

    public static Problem OutcomeUnknown { get; } = new("outcome-unknown", StatusCodes.Status503ServiceUnavailable, "Nobody can say whether this took effect", 1);

    public static Problem Unavailable { get; } = new("unavailable", StatusCodes.Status503ServiceUnavailable, "The lock cannot be read just now", 1);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Problem> All { get; } =
    [
        Invalid, Unauthenticated, Forbidden, NotFound, MethodNotAllowed, TooSlow, Ended, OtherRequest, NotHeld, SessionEnded, OverLimit, Conflict, TooLarge, NotJson,
        Busy, TimedOut, QueueFull, TooManyWaiting, TooManyStreams, TooManyLists, Internal, OutcomeUnknown, Unavailable,
    ];

    /// <summary>The problem of one request.</summary>
    /// <param name="detail">What it is in this case, for people. No <c>leaseId</c>, and nothing of what storage or Orleans said.</param>
    public ProblemJson With(string detail) => new($"urn:lockgrains:{Code}", Title, Status, detail, Code, Retryable: RetryAfter is not null);

    /// <summary>That nobody can say whether a call took effect.</summary>
    /// <param name="key">The lock's key.</param>
    public static ProblemJson Unknown(string? key) =>
        OutcomeUnknown.With("It may have taken effect, or not. Send the same again, with the same leaseId.") with { Key = key };

    /// <summary>A member of a request, or a parameter, that breaks a rule.</summary>
    /// <param name="member">Its name.</param>
    /// <param name="detail">What is wrong, with the range.</param>
    public static ProblemException InvalidMember(string member, string detail) => new(Invalid.With(detail) with { Member = member });

    /// <summary>How soon the same request is welcome; null for never.</summary>
    public static int? RetryAfterOf(string code) => All.First(problem => problem.Code == code).RetryAfter;
}

/// <summary>Ends a request with a problem. It is no failure of this host.</summary>
internal sealed class ProblemException(ProblemJson problem) : Exception(problem.Title)
{
    public ProblemJson Problem { get; } = problem;
}
