using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Replies;
using LockGrains.AspNetCore.Requests;
using Microsoft.AspNetCore.Http;

namespace LockGrains.AspNetCore;

/// <summary>One request: who it is, what it says, and the lock that it is for.</summary>
internal sealed class ApiCall(HttpContext context, ApiServices services)
{
    public HttpContext Context => context;

    public ApiServices Services => services;

    /// <summary>The client has gone.</summary>
    public CancellationToken Gone => context.RequestAborted;

    /// <summary>Who asks, once that is known: the name of an access key.</summary>
    public string Who { get; private set; } = "";

    /// <summary>The key that the request is for, once it is known.</summary>
    public string? Key { get; private set; }

    /// <summary>Reads a body that names one key, and makes sure that this key may be used so.</summary>
    public async Task<JsonBody> ReadAsync(AccessVerb verb)
    {
        // Nobody's body is read who is not known.
        Identify(verb);
        QueryReader.ReadNothing(context.Request);
        var body = await BodyReader.ReadAsync(context.Request, BodyReader.BytesMax, Gone);
        AuthorizeKey(verb, body.Key());
        return body;
    }

    /// <summary>Makes sure that something may be done with any lock at all, and reads a body that names no key.</summary>
    public async Task<JsonBody> ReadAnywhereAsync(AccessVerb verb)
    {
        AuthorizeAnywhere(verb);
        QueryReader.ReadNothing(context.Request);
        return await BodyReader.ReadAsync(context.Request, BodyReader.BytesMax, Gone);
    }

    /// <summary>Reads the query, which names one key, and makes sure that it may be read.</summary>
    public string ReadKey()
    {
        Identify();
        var key = QueryReader.ReadKey(context.Request);
        AuthorizeKey(AccessVerb.Read, key);
        return key;
    }

    /// <summary>Makes sure that whoever asks is known, where no key matters or none is known yet.</summary>
    public void Identify(AccessVerb verb = AccessVerb.Read) => _ = IsAllowed(verb, "");

    /// <summary>Makes sure that a key may be used so. From then on the request is about that key.</summary>
    public void AuthorizeKey(AccessVerb verb, string key)
    {
        Key = key;
        Require(services.Access.Decide(context, verb, key));
    }

    /// <summary>Makes sure that the locks of a prefix in general may be used so; of an empty one all locks.</summary>
    public void AuthorizePrefix(AccessVerb verb, string prefix) => Require(services.Access.DecidePrefix(context, verb, prefix));

    /// <summary>Makes sure that the key of the request may still be used so, and says when to do that again.</summary>
    /// <exception cref="ProblemException">It may not.</exception>
    public AccessWatch AuthorizeForNow(AccessVerb verb)
    {
        // Asked for first: a change that comes in between is heard.
        var validity = services.Access.GetValidity(context);
        AuthorizeKey(verb, Key!);
        return new AccessWatch(validity, services.Time);
    }

    /// <summary>Makes sure that something may be done with any lock at all.</summary>
    public void AuthorizeAnywhere(AccessVerb verb) => Require(services.Access.DecideAnywhere(context, verb));

    /// <summary>Asks whether a key may be used so.</summary>
    /// <returns>Whether it may; not, if the request is known, and may not do this.</returns>
    /// <exception cref="ProblemException">The request is not known.</exception>
    public bool IsAllowed(AccessVerb verb, string key)
    {
        var decision = services.Access.Decide(context, verb, key);
        Who = decision.Who;
        return decision.Outcome != AccessOutcome.Unauthenticated ? decision.Outcome == AccessOutcome.Allowed : throw Refuse(decision);
    }

    /// <summary>As <see cref="IsAllowed"/>, for very many keys at one time: who asks is looked for once.</summary>
    /// <exception cref="ProblemException">The request is not known.</exception>
    public Func<string, bool> MakeFilter(AccessVerb verb)
    {
        var decision = services.Access.Decide(context, verb, "", out var isAllowed);
        Who = decision.Who;
        return decision.Outcome != AccessOutcome.Unauthenticated ? isAllowed : throw Refuse(decision);
    }

    /// <summary>The lock of a key.</summary>
    public ILockGrain GetLock(string key) => services.Grains.GetLock(key);

    /// <summary>A call that may change something: whatever fails leaves an outcome that nobody knows.</summary>
    public async Task<T> CommandAsync<T>(Func<ValueTask<T>> call)
        where T : class => await CallAsync(call) ?? throw new ProblemException(Problem.Unknown(Key));

    /// <summary>A call that only reads.</summary>
    public async Task<T> QueryAsync<T>(Func<ValueTask<T>> call)
        where T : class => await CallAsync(call) ?? throw new ProblemException(Unavailable());

    /// <summary>That the lock cannot be read just now.</summary>
    public ProblemJson Unavailable() => Problem.Unavailable.With("Nothing was done. Ask again.") with { Key = Key };

    // A call can fail before it has begun, too: a client that has lost its cluster.
    private async Task<T?> CallAsync<T>(Func<ValueTask<T>> call)
        where T : class
    {
        Task<T>? task = null;
        try
        {
            task = call().AsTask();
            return await task.WaitAsync(services.Options.CallTimeout, services.Time, Gone);
        }
        catch (Exception exception) when (!Gone.IsCancellationRequested)
        {
            HttpLog.CallFailed(services.Logger, context.Request.Path, exception);
            return null;
        }
        finally
        {
            task?.Ignore();
        }
    }

    private void Require(AccessDecision decision)
    {
        Who = decision.Who;
        if (decision.Outcome != AccessOutcome.Allowed)
            throw Refuse(decision);
    }

    // It does not say whether the lock exists, or anything else of it.
    private ProblemException Refuse(AccessDecision decision)
    {
        AccessChallenge.Set(context, decision);
        return new ProblemException(decision.Outcome == AccessOutcome.Forbidden
            ? Problem.Forbidden.With(decision.Reason ?? "This access key may not do this with this lock.") with { Key = Key }
            : Problem.Unauthenticated.With(decision.Reason ?? "Send an access key: Authorization: Bearer KEY."));
    }
}
