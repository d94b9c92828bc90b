using LockGrains.Core;

namespace LockGrains.Simulation;

/// <summary>A call that may wait in a silo: sent, named in heartbeats meanwhile, and given up when one of them is told to call again.</summary>
internal sealed class WaitingCall(Client client, Attempt attempt, Task? giveUp = null)
{
    private readonly TaskCompletionSource _ended = new();
    private TimeSpan _heardAt;
    private bool _isGivenUp;

    /// <summary>Whether it ended without an answer because a heartbeat was told that no call waits.</summary>
    public bool IsToldToCallAgain { get; private set; }

    /// <summary>Sends it, and waits for its answer so long.</summary>
    public async Task<AnswerFacts?> SendAsync(CallFacts call, LockCommand command, TimeSpan timeout, TimeSpan? beats)
    {
        if (beats is { } period)
            _ = BeatAsync(call.Lease, period);
        if (giveUp is not null)
            _ = GiveUpAsync(giveUp);
        var answer = await client.CallAsync(call, command, timeout, _ended.Task);
        IsToldToCallAgain = answer is null && _ended.Task.IsCompleted && !_isGivenUp;
        _ended.TrySetResult();
        return answer;
    }

    /// <summary>Ends the call when there is nothing to wait for any more.</summary>
    private async Task GiveUpAsync(Task reason)
    {
        await Task.WhenAny(reason, _ended.Task);
        if (_ended.Task.IsCompleted)
            return;
        _isGivenUp = true;
        _ended.TrySetResult();
    }

    /// <summary>Says that this client lives, as long as the call waits, and ends the call that does not wait any more.</summary>
    private async Task BeatAsync(Guid lease, TimeSpan period)
    {
        _heardAt = client.Now;

        // Whenever the client's timer happens to be due after that.
        await client.Process.DelayAsync(AcquireProtocol.GetFirstBeatAfter(period) + (period * client.Random.NextDouble()));
        while (!_ended.Task.IsCompleted)
        {
            if (client.Now - _heardAt >= AcquireProtocol.GetBeatPatience(period))
            {
                _isGivenUp = true;
                _ended.TrySetResult();
                return;
            }

            _ = AskOnceAsync(lease);
            await client.Process.DelayAsync(period);
        }
    }

    private async Task AskOnceAsync(Guid lease)
    {
        var beat = new LockCommand.Beat([new LeaseId(lease)]);
        var answer = await client.CallAsync(attempt.NewCall(CallKind.Beat, lease), beat, attempt.Settings.AttemptTimeout);
        if (answer is { Kind: AnswerKind.CallAgain or AnswerKind.Waits })
            _heardAt = client.Now;
        if (answer is { Kind: AnswerKind.CallAgain })
            _ended.TrySetResult();
    }
}
