using Microsoft.AspNetCore.Http;

namespace LockGrains.AspNetCore.Access;

/// <summary>Decides who may do what with which key. Every endpoint asks it before anything else, for every key that a request names.</summary>
internal interface IAccess
{
    /// <summary>Decides. Makes no call, and never tells whether a lock exists.</summary>
    /// <param name="context">The request, with its connection and its headers.</param>
    /// <param name="verb">What it wants to do.</param>
    /// <param name="key">
    /// The lock's key, which keeps the rules of <see cref="LockKey"/>. Empty where a request names none, such as that for the version: then it
    /// matters only whether the request is known, and <see cref="AccessOutcome.Forbidden"/> is as <see cref="AccessOutcome.Allowed"/>.
    /// </param>
    AccessDecision Decide(HttpContext context, AccessVerb verb, string key);

    /// <summary>
    /// Decides about the locks of a prefix in general, as about a key of that text. Each key that is found is decided by itself, since a longer prefix may
    /// forbid it.
    /// </summary>
    /// <param name="context">The request, with its connection and its headers.</param>
    /// <param name="verb">What it wants to do.</param>
    /// <param name="prefix">The prefix; empty for all locks.</param>
    AccessDecision DecidePrefix(HttpContext context, AccessVerb verb, string prefix);

    /// <summary>Decides about what belongs to no lock, as a session: whether the request may do something with any lock at all.</summary>
    /// <param name="context">The request, with its connection and its headers.</param>
    /// <param name="verb">What it wants to do.</param>
    AccessDecision DecideAnywhere(HttpContext context, AccessVerb verb);

    /// <summary>Decides about a key, as the other does, and makes what decides about very many others.</summary>
    /// <param name="context">The request, with its connection and its headers.</param>
    /// <param name="verb">What it wants to do.</param>
    /// <param name="key">As above; empty where it matters only whether the request is known.</param>
    /// <param name="isAllowed">Whether it may do that with a key. Good for this moment; false for all where the request is not known.</param>
    AccessDecision Decide(HttpContext context, AccessVerb verb, string key, out Func<string, bool> isAllowed);

    /// <summary>Until when a decision about a request holds. Ask before the decision: then no change is missed.</summary>
    /// <param name="context">The request, with its connection and its headers.</param>
    AccessValidity GetValidity(HttpContext context);
}

/// <summary>Until when a decision about a request holds.</summary>
/// <param name="Changed">Fires when access may have changed. By then the next decision is by what has changed, and the next token is another.</param>
/// <param name="EndsIn">After what time the access key that was shown is not accepted any more; null for never.</param>
internal readonly record struct AccessValidity(CancellationToken Changed, TimeSpan? EndsIn = null);

/// <summary>What a request wants to do with a lock.</summary>
internal enum AccessVerb
{
    /// <summary>Take, wait, renew, change, release and set values: what a holder does.</summary>
    Acquire,

    /// <summary>See who holds and who waits, and read the value.</summary>
    Read,

    /// <summary>Take a lock away from its holder, and set its limit: what an operator does.</summary>
    Revoke,
}

/// <summary>Whether a request may do what it wants. The default is that nobody may.</summary>
internal enum AccessOutcome
{
    /// <summary>It did not say who it is, or nobody knows it: 401.</summary>
    Unauthenticated = 0,

    /// <summary>It is known, and may not do this: 403.</summary>
    Forbidden = 1,

    /// <summary>It may.</summary>
    Allowed = 2,
}

/// <summary>What was decided, and about whom.</summary>
/// <param name="Outcome">Whether the request may do it.</param>
/// <param name="Who">The name of the access key, for logs; never a secret. Empty for nobody.</param>
/// <param name="Reason">Not allowed: why, for people. It does not tell whether a lock exists. Null for a general sentence.</param>
internal readonly record struct AccessDecision(AccessOutcome Outcome, string Who, string? Reason = null);
