using LockGrains.AspNetCore.Access;
using LockGrains.Core;

namespace LockGrains.AspNetCore.Waiting;

/// <summary>
/// One poll of a request that waits: holds the connection until there is a reply, the poll is over, or this host stops. Then it asks once more,
/// for the place. A client that vanished ends the call and nothing else: it may have come back elsewhere, and been told "granted".
/// <para>A poll whose access key is not accepted any more ends at once, and asks for nothing: it must not gain the lock.</para>
/// </summary>
/// <param name="call">The request.</param>
/// <param name="leaseId">The request.</param>
/// <param name="send">Sends it: for how long it is ready to wait, the slice, the heartbeats.</param>
internal sealed class LongPoll(ApiCall call, Guid leaseId, LongPoll.SendCall send)
{
    // The least there is: the reply comes as soon as the place is in storage.
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    private readonly RetryBackoff _pause = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1));
    private readonly long _startedAt = call.Services.Time.GetTimestamp();

    /// <summary>Sends the request.</summary>
    public delegate ValueTask<AcquireReply> SendCall(TimeSpan wait, TimeSpan? slice, TimeSpan? beats, CancellationToken cancellationToken);

    private ApiServices Services => call.Services;

    /// <summary>Polls.</summary>
    /// <param name="wait">How long the client is ready to wait, counted from now.</param>
    /// <param name="poll">How long the connection may be held.</param>
    /// <param name="gone">The client has gone.</param>
    /// <returns>The reply; its <see cref="AcquireReply.ValidFor"/> is counted from when the poll came.</returns>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    /// <exception cref="Replies.ProblemException">It may not acquire this lock any more.</exception>
    public async Task<AcquireReply> RunAsync(TimeSpan wait, TimeSpan poll, CancellationToken gone)
    {
        if (wait == TimeSpan.Zero || poll == TimeSpan.Zero)
            return await AskAsync(wait, gone);
        using var over = new CancellationTokenSource(poll, Services.Time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(over.Token, Services.Stopping, gone);
        for (var early = 1; ; early++)
        {
            using var access = call.AuthorizeForNow(AccessVerb.Acquire);
            if (end.IsCancellationRequested)
            {
                gone.ThrowIfCancellationRequested();
                return await AskAsync(wait, gone);
            }

            using var until = CancellationTokenSource.CreateLinkedTokenSource(end.Token, access.Due);
            var reply = await WaitAsync(wait, until.Token);
            gone.ThrowIfCancellationRequested();
            if (reply is { Status: not AcquireStatus.Queued })
                return reply;

            // The lock has moved, and calls are sent where it is now.
            if (reply is not null)
                await PauseAsync(early, until.Token);
        }
    }

    /// <summary>A call that heartbeats speak for while it waits; null when it was ended without a reply.</summary>
    private async Task<AcquireReply?> WaitAsync(TimeSpan wait, CancellationToken end)
    {
        using var poll = Services.Beats.Begin(call.Key!, leaseId);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end, poll.CallAgain);
        try
        {
            return await SendAsync(wait, slice: null, Services.Beats.Period, either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>A call that is replied to at once, with the place.</summary>
    private async Task<AcquireReply> AskAsync(TimeSpan wait, CancellationToken gone)
    {
        using var late = new CancellationTokenSource(Services.Options.CallTimeout, Services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, gone);
        try
        {
            return await SendAsync(wait, Shortest, beats: null, either.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !gone.IsCancellationRequested)
        {
            return new AcquireReply { Status = AcquireStatus.Unknown };
        }
    }

    /// <summary>A lease is counted from when the poll came: that is later than when it was sent, and earlier than this call.</summary>
    private async Task<AcquireReply> SendAsync(TimeSpan wait, TimeSpan? slice, TimeSpan? beats, CancellationToken cancellationToken)
    {
        var passed = Services.Time.GetElapsedTime(_startedAt);
        var left = wait == Timeout.InfiniteTimeSpan ? wait : wait > passed ? wait - passed : TimeSpan.Zero;
        var sent = send(left, slice, beats, cancellationToken).AsTask();
        try
        {
            var reply = await sent.WaitAsync(cancellationToken);
            return reply.Status == AcquireStatus.Granted ? reply with { ValidFor = reply.ValidFor + passed } : reply;
        }
        finally
        {
            sent.Ignore();
        }
    }

    private async Task PauseAsync(int early, CancellationToken end) =>
        await Task.Delay(_pause.After(early, Random.Shared.NextDouble()), Services.Time, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
