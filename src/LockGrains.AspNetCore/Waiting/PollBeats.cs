using LockGrains.Core;

namespace LockGrains.AspNetCore.Waiting;

/// <summary>
/// Says that those who wait are there, for all polls whose connection is open: one message names up to 256 of them. A poll whose call does not
/// wait any more, because its reply was lost or its key has moved, is told to call again. While no poll is open there is no timer and no message.
/// </summary>
internal sealed class PollBeats(IGrainFactory grains, TimeSpan period, TimeProvider time)
{
    /// <summary>Heartbeats go to so many grains in turn: so one that hangs is not in the way of all.</summary>
    private const uint Senders = 16;

    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly HashSet<Poll> _polls = [];
    private ITimer? _timer;
    private uint _next;

    /// <summary>The time between two heartbeats.</summary>
    public TimeSpan Period => period;

    /// <summary>How many polls are open.</summary>
    public int Count
    {
        get { lock (_gate) return _polls.Count; }
    }

    /// <summary>A call begins to wait; it is named until it is disposed.</summary>
    public Poll Begin(string key, Guid leaseId)
    {
        var poll = new Poll(this, new Beat { Key = key, LeaseId = leaseId }, time.GetTimestamp());
        lock (_gate)
        {
            _polls.Add(poll);
            _timer ??= StartTimer();
        }

        return poll;
    }

    /// <summary>It speaks for all polls, and knows nothing of the request that came first.</summary>
    private ITimer StartTimer()
    {
        using AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        return time.CreateTimer(static beats => ((PollBeats)beats!).Send(), this, period, period);
    }

    private void End(Poll poll)
    {
        lock (_gate)
        {
            _polls.Remove(poll);
            if (_polls.Count > 0)
                return;
            _timer?.Dispose();
            _timer = null;
        }
    }

    private void Send()
    {
        Poll[] due;
        lock (_gate)
        {
            // One that goes out sooner may come before its call, and would be told to call again.
            due = [.. _polls.Where(poll => time.GetElapsedTime(poll.SentAt) >= AcquireProtocol.GetFirstBeatAfter(period))];
        }

        foreach (var chunk in due.Chunk(Heartbeat.BeatsMax))
            _ = SendAsync(chunk);
    }

    private async Task SendAsync(Poll[] polls)
    {
        try
        {
            var heartbeat = new Heartbeat { Waits = [.. polls.Select(static poll => poll.Beat)], AnswerWithin = period < AnswerMax ? period : AnswerMax };
            var sender = grains.GetGrain<IHeartbeatGrain>(Interlocked.Increment(ref _next) % Senders);
            var reply = await sender.BeatAsync(heartbeat, CancellationToken.None);
            foreach (var (poll, wait) in polls.Zip(reply.Waits))
            {
                if (wait.Status == BeatStatus.CallAgain)
                    poll.TellToCallAgain();
            }
        }
        catch (Exception)
        {
            // It says nothing. Each poll goes on, and the next heartbeat goes out on time.
        }
    }

    /// <summary>One poll whose connection is open.</summary>
    internal sealed class Poll(PollBeats owner, Beat beat, long sentAt) : IDisposable
    {
        private readonly CancellationTokenSource _callAgain = new();

        public Beat Beat => beat;

        public long SentAt => sentAt;

        /// <summary>Fires when the call does not wait any more, though it has no reply.</summary>
        public CancellationToken CallAgain => _callAgain.Token;

        // Not disposed: a heartbeat that is on its way may still tell it.
        public void Dispose() => owner.End(this);

        public void TellToCallAgain() => _ = _callAgain.CancelAsync();
    }
}
