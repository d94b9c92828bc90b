namespace LockGrains;

/// <summary>Reads the pages of one list, one after another.</summary>
internal sealed class ListLoop(ClientRuntime runtime, ILockTransport transport, LockListRequest first)
{
    private LockListRequest? _next = first;

    /// <summary>How long a silo may take: half of what a call may, so that the others' locks come in time.</summary>
    public static TimeSpan GetSiloTimeout(ClientRuntime runtime)
    {
        var half = runtime.Options.AttemptTimeout / 2;
        return half < LockListRequest.SiloTimeoutDefault ? half : LockListRequest.SiloTimeoutDefault;
    }

    /// <summary>Reads the next page; null after the last.</summary>
    /// <exception cref="LockUnavailableException">No usable reply for as long as the client's options say.</exception>
    public async Task<LockListPage?> NextAsync(CancellationToken cancellationToken)
    {
        if (_next is not { } request)
            return null;

        await transport.WhenReadyAsync(request.Prefix, runtime.Options.UnavailableTimeout, runtime.Time, cancellationToken).ConfigureAwait(false);
        var answer = await runtime.AskAsync(() => transport.ListAsync(request, CancellationToken.None), static _ => true, runtime.Options.UnavailableTimeout, cancellationToken)
            .ConfigureAwait(false);
        var page = answer.Reply
            ?? throw new LockUnavailableException(request.Prefix, $"No silo could list the locks '{request.Prefix}*'.", answer.Problem);
        _next = page.Next is null ? null : request with { After = page.Next, SilosMissing = page.SilosMissing };
        return page;
    }
}
