using System.Net;
using System.Text.Json.Nodes;

namespace LockGrains.Chaos;

/// <summary>One caller without a client library: it acquires by long polls, renews, uses the resource while it holds, asks whether it holds, and releases.</summary>
internal sealed class HttpCaller(string worker, HttpApi api, ResourceClient resource, HistoryWriter history, Random random)
{
    private const double LeaseSeconds = 4;

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Brief = TimeSpan.FromSeconds(2);

    // For a request of which nobody can say what came of it.
    private static readonly long Patience = Clock.Nanoseconds(TimeSpan.FromSeconds(20));
    private static readonly TimeSpan PatienceBeyond = TimeSpan.FromSeconds(20);

    private readonly TurnDraw _draw = new(random);

    public async Task RunAsync(string key, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await TakeTurnAsync(_draw.OverHttp(key), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Clock.DelayAsync(TimeSpan.FromMilliseconds(random.Next(50, 300)), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task TakeTurnAsync(Turn turn, CancellationToken cancellationToken)
    {
        var hold = new HttpHold(turn.Key, Guid.NewGuid(), history.NextAttempt());
        history.Write(hold.Line(Happening.Asked) with { Share = turn.Share });
        var reply = await AcquireAsync(hold, turn, cancellationToken);
        if (reply is not { Status: HttpStatusCode.OK })
        {
            history.Write(hold.Line(reply is { IsRefusal: true } ? Happening.Denied : Happening.Failed) with { Detail = reply?.Code ?? "no reply over HTTP" });

            // Else it may be granted, and nobody would renew or release it.
            await EndAsync("cancel", hold, cancellationToken);
            return;
        }

        (hold.Token, hold.Until) = (reply.FencingToken, reply.Until);
        history.Write(hold.Line(Happening.Granted) with { Until = hold.Until, Share = turn.Share });
        if (!await WorkAsync(hold, turn, cancellationToken))
        {
            history.Write(hold.Line(Happening.Releasing));
            await EndAsync("cancel", hold, cancellationToken);
            return;
        }

        if (turn.Verifies)
            await VerifyAsync(hold, cancellationToken);
        history.Write(hold.Line(Happening.Releasing));
        var released = await EndAsync("release", hold, cancellationToken);
        history.Write(hold.Line(Happening.Released) with { Detail = released?.Code, IsYes = released is { Status: HttpStatusCode.OK } });
    }

    /// <summary>Polls until it is granted or refused, or nobody could say for long.</summary>
    private async Task<HttpReply?> AcquireAsync(HttpHold hold, Turn turn, CancellationToken cancellationToken)
    {
        var until = Clock.Now + Clock.Nanoseconds(turn.Wait);
        while (true)
        {
            var reply = await api.RepeatAsync("acquire", Body, Poll, until + Clock.Nanoseconds(PatienceBeyond), cancellationToken);
            if (reply is not { Status: HttpStatusCode.Accepted })
                return reply;
            await Clock.DelayAsync(reply.NextPoll, cancellationToken);
        }

        // What is left of the wait is said anew each time.
        JsonObject Body() => hold.Body(
            ("owner", worker),
            ("waitSeconds", Math.Max(0, Clock.Seconds(until - Clock.Now))),
            ("pollSeconds", Poll.TotalSeconds),
            ("leaseSeconds", LeaseSeconds),
            ("renews", true),
            ("mode", turn.Share.Mode == LockMode.Shared ? "shared" : "exclusive"));
    }

    /// <summary>Uses the resource for the time of the turn, and renews meanwhile.</summary>
    /// <returns>Whether the lock was held all the time.</returns>
    private async Task<bool> WorkAsync(HttpHold hold, Turn turn, CancellationToken cancellationToken)
    {
        var end = Clock.Now + Clock.Nanoseconds(turn.HoldsFor);
        var renewAt = Clock.Now;
        do
        {
            if (Clock.Now >= renewAt && hold.Until > Clock.Now)
            {
                if (!await RenewAsync(hold, cancellationToken))
                    return false;
                renewAt = Clock.Now + (long)(LeaseSeconds / 3 * 1e9);
            }

            if (!await UseAsync(hold, turn, cancellationToken))
                return false;
            await Clock.DelayAsync(TimeSpan.FromMilliseconds(Math.Clamp((end - Clock.Now) / 1e6, 1, 250)), cancellationToken);
        }
        while (Clock.Now < end);
        return true;
    }

    private async Task<bool> RenewAsync(HttpHold hold, CancellationToken cancellationToken)
    {
        var reply = await api.SendAsync("renew", hold.Body(), Brief, cancellationToken);
        if (reply is { Status: HttpStatusCode.OK })
            hold.Until = Math.Max(hold.Until, reply.Until);
        if (reply is not { Status: HttpStatusCode.Conflict })
            return true;
        history.Write(hold.Line(Happening.Lost) with { Detail = reply.Code });
        return false;
    }

    private async Task<bool> UseAsync(HttpHold hold, Turn turn, CancellationToken cancellationToken)
    {
        if (hold.Until <= Clock.Now)
        {
            history.Write(hold.Line(Happening.Lost));
            return false;
        }

        history.Write(hold.Line(Happening.Believed) with { Until = hold.Until });
        var isTaken = await resource.UseAsync(turn.Key, hold.Token, $"{worker}/{hold.Attempt}", turn.Share.Mode == LockMode.Shared, cancellationToken);
        history.Write(hold.Line(Happening.Wrote) with { Detail = isTaken is null ? "unknown" : null, IsYes = isTaken == true });
        return true;
    }

    private async Task VerifyAsync(HttpHold hold, CancellationToken cancellationToken)
    {
        var askedAt = Clock.Now;
        if (await api.SendAsync("verify", hold.Body(), Brief, cancellationToken) is { Status: HttpStatusCode.OK } reply)
            history.Write(hold.Line(Happening.Verified) with { Until = askedAt, IsYes = reply.Body["current"]?.GetValue<bool>() == true });
    }

    private Task<HttpReply?> EndAsync(string call, HttpHold hold, CancellationToken cancellationToken) =>
        api.RepeatAsync(call, () => hold.Body(), Brief, Clock.Now + Patience, cancellationToken);
}
