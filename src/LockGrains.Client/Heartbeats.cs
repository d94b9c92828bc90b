using System.Collections.Immutable;
using LockGrains.Core;

namespace LockGrains;

/// <summary>
/// Says that this client lives, for all that it waits for, once a period: one message names up to 256 requests. A wait whose call is not
/// there any more, because its reply was lost or its key has moved, is told to call again. A heartbeat that fails says nothing; the next one
/// goes out on time, whatever became of the last. While nothing waits in a long call there is no timer and no message.
/// </summary>
internal sealed class Heartbeats(ClientRuntime runtime, IRenewalPost? post)
{
    private static readonly TimeSpan AttemptMax = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly HashSet<Wait> _waits = [];
    private ITimer? _timer;

    private TimeSpan Period => runtime.Options.BeatPeriod;

    private IWatch Watch => runtime.Watch;

    /// <summary>A call begins to wait; it is named until it is disposed.</summary>
    /// <param name="grain">The lock.</param>
    /// <param name="key">Its key.</param>
    /// <param name="leaseId">The request.</param>
    /// <param name="onPlace">Is told the place and how many wait, from any thread, but not twice at a time, and not after the end.</param>
    public Wait Begin(IRemoteLock grain, string key, Guid leaseId, Action<BeatReply> onPlace)
    {
        var wait = new Wait(this, grain, new Beat { Key = key, LeaseId = leaseId }, runtime.Now, onPlace);
        lock (_gate)
        {
            _waits.Add(wait);
            _timer ??= StartTimer();
        }

        return wait;
    }

    /// <summary>It speaks for all that wait, and knows nothing of the one that came first: neither its request context nor its span.</summary>
    private ITimer StartTimer()
    {
        using AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        return runtime.Time.CreateTimer(static beats => ((Heartbeats)beats!).Send(), this, Period, Period);
    }

    private void End(Wait wait)
    {
        lock (_gate)
        {
            _waits.Remove(wait);
            if (_waits.Count > 0)
                return;

            _timer?.Dispose();
            _timer = null;
        }
    }

    private void Send()
    {
        Wait[] due;
        var now = runtime.Now;
        lock (_gate)
        {
            due = [.. _waits.Where(wait => now - wait.SentAt >= AcquireProtocol.GetFirstBeatAfter(Period))];
        }

        foreach (var wait in due.Where(wait => now - wait.HeardAt >= AcquireProtocol.GetBeatPatience(Period)))
            wait.GiveUp();
        if (due.Length == 0)
            return;

        var groups = post is not null && due.Length > 1 ? [due] : due.GroupBy(wait => wait.Beat.Key).Select(group => group.ToArray());
        foreach (var chunk in groups.SelectMany(group => group.Chunk(Heartbeat.BeatsMax)))
            _ = SendAsync(chunk);
    }

    private async Task SendAsync(Wait[] waits)
    {
        try
        {
            var timeout = Period < AttemptMax ? Period : AttemptMax;
            var replies = await runtime.CallAsync(() => CallAsync(waits, timeout), timeout, CancellationToken.None).ConfigureAwait(false);
            var answered = waits.Zip(replies).ToList();

            // First those that stand nowhere: to tell a place is the program's code, and may take long.
            foreach (var (wait, reply) in answered)
                wait.OnReply(reply, runtime.Now);
            foreach (var (wait, reply) in answered)
                wait.TellPlace(reply);
        }
        catch (Exception)
        {
            // Noted where the call failed. Each wait goes on, and the next heartbeat asks again.
        }
    }

    private async ValueTask<ImmutableArray<BeatReply>> CallAsync(Wait[] waits, TimeSpan timeout)
    {
        if (post is null || waits.Length == 1)
            return await waits[0].Grain.BeatAsync([.. waits.Select(wait => wait.Beat.LeaseId)], CancellationToken.None).ConfigureAwait(false);

        var heartbeat = new Heartbeat { Waits = [.. waits.Select(wait => wait.Beat)], AnswerWithin = timeout / 2 };
        return (await post.SendAsync(heartbeat).ConfigureAwait(false)).Waits;
    }

    /// <summary>One call that waits.</summary>
    internal sealed class Wait(Heartbeats owner, IRemoteLock grain, Beat beat, TimeSpan sentAt, Action<BeatReply> onPlace) : IAsyncDisposable
    {
        private readonly Lock _gate = new();
        private readonly CancellationTokenSource _callAgain = new();
        private readonly ExecutionContext? _context = ExecutionContext.Capture();
        private TaskCompletionSource? _telling;
        private bool _isOver;

        public IRemoteLock Grain => grain;

        public Beat Beat => beat;

        public TimeSpan SentAt { get; } = sentAt;

        /// <summary>When there was last word of it, or it was sent.</summary>
        public TimeSpan HeardAt { get; private set; } = sentAt;

        /// <summary>Whether its heartbeats had no usable reply for too long.</summary>
        public bool IsSilent { get; private set; }

        /// <summary>Fires when the call does not wait any more, though it has no reply, or when nobody knows whether it does.</summary>
        public CancellationToken CallAgain => _callAgain.Token;

        /// <summary>
        /// The call has ended. A place that is being told now is told to its end, and none after it. It blocks nobody: this may run in a
        /// program's <see cref="CancellationTokenSource.Cancel()"/>, under a lock that what it is told takes as well.
        /// </summary>
        public async ValueTask DisposeAsync()
        {
            owner.End(this);
            Task? telling;
            lock (_gate) (_isOver, telling) = (true, _telling?.Task);
            if (telling is not null)
                await telling.ConfigureAwait(false);
        }

        /// <summary>The request goes on elsewhere, for others are to be told here.</summary>
        public void OnReply(BeatReply reply, TimeSpan now)
        {
            if (reply.Status is BeatStatus.Waits or BeatStatus.CallAgain)
                HeardAt = now;
            if (reply.Status == BeatStatus.CallAgain)
                Cancel();
        }

        public void GiveUp()
        {
            IsSilent = true;
            Cancel();
        }

        private void Cancel() => _ = owner.Watch.CancelAsync(_callAgain);

        /// <summary>In the context of whoever waits, as when its call itself tells the place.</summary>
        public void TellPlace(BeatReply reply)
        {
            var telling = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_gate)
            {
                if (reply.Status != BeatStatus.Waits || _isOver || _telling is not null)
                    return;

                _telling = telling;
            }

            try
            {
                if (_context is null)
                    onPlace(reply);
                else
                    ExecutionContext.Run(_context, _ => onPlace(reply), null);
            }
            finally
            {
                lock (_gate) _telling = null;
                telling.SetResult();
            }
        }
    }
}
