using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace LockGrains.AspNetCore.Access;

/// <summary>
/// Access by key, by the rules of the last configuration that was right. A configuration that is wrong, or whose keys have vanished without
/// being emptied, changes nothing: a holder must not lose its lock because a file is just being written.
/// </summary>
internal sealed class KeyAccess : IAccess, IDisposable
{
    private const string Scheme = "Bearer ";
    private const string NoKey = "This needs an access key, as in: Authorization: Bearer lg_...";

    private readonly Lock _changing = new();
    private readonly IOptionsMonitor<AccessOptions> _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _timeProvider;
    private readonly IDisposable? _changes;

    // Both are replaced as a whole, and read once a decision.
    private volatile AccessTable _table;
    private volatile bool _allowsAnonymous;

    // Fires, and is replaced, once a change is taken. Nobody disposes it: a poll may still hold its token.
    private volatile CancellationTokenSource _changed = new();

    // The narrowest of all readings. A file that vanishes must not bring back the default.
    private AnonymousAccess _anonymous;
    private bool _hadKeys;

    /// <summary>Reads the configuration.</summary>
    /// <exception cref="OptionsValidationException">It is wrong; a line for each problem.</exception>
    public KeyAccess(IOptionsMonitor<AccessOptions> options, ILogger<KeyAccess> logger, TimeProvider timeProvider)
    {
        (_options, _logger, _timeProvider) = (options, logger, timeProvider);
        lock (_changing)
        {
            var first = options.CurrentValue;
            if (AccessProblems.Find(first) is { Count: > 0 } problems)
                throw new OptionsValidationException(Options.DefaultName, typeof(AccessOptions), problems);
            _anonymous = first.Anonymous;
            _table = Take(first);

            // Within the lock: a change that comes now is taken after this.
            _changes = options.OnChange(_ => Change());
        }
    }

    /// <inheritdoc/>
    public AccessDecision Decide(HttpContext context, AccessVerb verb, string key) => Decide(context, verb, credential => credential.Allows(verb, key), "this lock");

    /// <inheritdoc/>
    public AccessDecision DecidePrefix(HttpContext context, AccessVerb verb, string prefix) =>
        Decide(context, verb, credential => credential.Allows(verb, prefix), prefix.Length == 0 ? "all locks" : $"all locks whose keys begin with '{prefix}'");

    /// <inheritdoc/>
    public AccessDecision Decide(HttpContext context, AccessVerb verb, string key, out Func<string, bool> isAllowed)
    {
        AccessCredential? found = null;
        var decision = Decide(
            context,
            verb,
            credential =>
            {
                found = credential;
                return credential.Allows(verb, key);
            },
            "this lock");
        var isOpen = found is null && decision.Outcome == AccessOutcome.Allowed;
        isAllowed = one => found?.Allows(verb, one) ?? isOpen;
        return decision;
    }

    /// <inheritdoc/>
    public AccessDecision DecideAnywhere(HttpContext context, AccessVerb verb) => Decide(context, verb, credential => credential.AllowsAnywhere(verb), "any lock");

    /// <inheritdoc/>
    public AccessValidity GetValidity(HttpContext context)
    {
        var changed = _changed.Token;
        var end = Find(context.Request.Headers.Authorization)?.NotAfter;
        return new AccessValidity(changed, end is null ? null : end - _timeProvider.GetUtcNow());
    }

    /// <inheritdoc/>
    public void Dispose() => _changes?.Dispose();

    private static string NameOf(AccessVerb verb) => verb.ToString().ToLowerInvariant();

    private AccessDecision Decide(HttpContext context, AccessVerb verb, Func<AccessCredential, bool> isAllowed, string what)
    {
        var authorization = context.Request.Headers.Authorization;
        if (authorization.Count == 0)
            return DecideWithoutKey(context, verb);
        if (Find(authorization) is not { } credential)
            return new AccessDecision(AccessOutcome.Unauthenticated, "", "The access key is not known.");
        if (credential.Name == AccessCredential.Operator && !LocalRequest.IsLoopback(context.Connection.RemoteIpAddress))
            return new AccessDecision(AccessOutcome.Unauthenticated, credential.Name, "The operator's key is accepted only from the silo's own machine.");
        if (credential.NotAfter is { } end && _timeProvider.GetUtcNow() >= end)
        {
            if (credential.TakeExpiryToTell())
                AccessLog.KeyExpired(_logger, credential.Name, end);
            return new AccessDecision(
                AccessOutcome.Unauthenticated, credential.Name, string.Create(CultureInfo.InvariantCulture, $"The access key expired at {end.UtcDateTime:s}Z."));
        }

        return isAllowed(credential)
            ? new AccessDecision(AccessOutcome.Allowed, credential.Name)
            : new AccessDecision(AccessOutcome.Forbidden, credential.Name, $"The access key '{credential.Name}' has no rule that allows {NameOf(verb)} for {what}.");
    }

    private AccessDecision DecideWithoutKey(HttpContext context, AccessVerb verb)
    {
        if (!_allowsAnonymous)
            return new AccessDecision(AccessOutcome.Unauthenticated, "", NoKey);

        // Nobody without a key, wherever they are: a proxy that hides itself would make operators of everybody behind it.
        if (verb is not (AccessVerb.Acquire or AccessVerb.Read))
            return new AccessDecision(AccessOutcome.Forbidden, AccessCredential.Anonymous, $"Without an access key nobody may {NameOf(verb)}.");
        return LocalRequest.FindObstacle(context) is { } obstacle
            ? new AccessDecision(AccessOutcome.Unauthenticated, "", $"{NoKey} {obstacle}")
            : new AccessDecision(AccessOutcome.Allowed, AccessCredential.Anonymous);
    }

    // A header that is wrong is never taken for none: who shows a key wants to be who it stands for.
    private AccessCredential? Find(StringValues authorization)
    {
        Span<byte> hash = stackalloc byte[32];
        return authorization is [{ } header] && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && AccessSecret.TryHash(header.AsSpan(Scheme.Length).Trim(' '), hash)
                ? _table.Find(hash)
                : null;
    }

    private void Change()
    {
        lock (_changing)
        {
            // Not what the notice brought along: of two changes the later one counts, in whatever order they are told.
            var options = _options.CurrentValue;
            var problems = AccessProblems.Find(options);
            if (problems.Count == 0 && _table.KeyCount > 0 && options is { Keys.Count: 0, SaysKeys: false })
                problems = [$"{AccessOptions.Section}:{nameof(options.Keys)} is gone; to take away all keys, make it an empty list."];
            if (problems.Count > 0)
            {
                AccessLog.ChangeRefused(_logger, string.Join(" ", problems), _table.KeyCount);
                return;
            }

            // Any setting that changes is told as a change of all.
            if (AccessTable.Create(options).HasSame(_table) && options.Anonymous >= _anonymous)
                return;
            _table = Take(options);
            var before = _changed;
            _changed = new CancellationTokenSource();

            // Not on this thread, which reads the configuration: very many polls may hear it.
            _ = before.CancelAsync();
            AccessLog.Changed(_logger, _table.KeyCount);
        }
    }

    private AccessTable Take(AccessOptions options)
    {
        var table = AccessTable.Create(options);
        _hadKeys |= table.KeyCount > 0;
        _anonymous = options.Anonymous < _anonymous ? options.Anonymous : _anonymous;
        _allowsAnonymous = _anonymous == AnonymousAccess.Local || (_anonymous == AnonymousAccess.LocalWithoutKeys && !_hadKeys);
        return table;
    }
}
