using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Orleans.Concurrency;

namespace LockGrains;

/// <summary>
/// Passes a heartbeat on to its locks, all at once, and gathers the answers. It has no state and knows no rule about locks. It
/// lives on the silo that the heartbeat came to, and many go through it at a time.
/// </summary>
[GrainType("lockgrains.heartbeats")]
[StatelessWorker]
[Reentrant]
internal sealed class HeartbeatGrain(LockGrainHost host) : Grain, IHeartbeatGrain
{
    private static readonly TimeSpan AnswerWithinMax = TimeSpan.FromMinutes(1);

    public async ValueTask<HeartbeatReply> BeatAsync(Heartbeat heartbeat, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(heartbeat);
        if (FindProblem(heartbeat) is { } problem)
            throw new ArgumentException(problem, nameof(heartbeat));
        using var deadline = new CancellationTokenSource(heartbeat.AnswerWithin, host.Time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var waits = new BeatReply[heartbeat.Waits.Length];
        var beats = Task.WhenAll(heartbeat.Waits.Select((beat, index) => (beat, index)).GroupBy(item => item.beat.Key)
            .Select(key => BeatAsync(key.Key, [.. key], waits, end.Token)));
        var renewals = await Task.WhenAll(heartbeat.Renewals.Select(renewal => RenewAsync(renewal, end.Token)));
        await beats;
        return new HeartbeatReply
        {
            Renewals = ImmutableCollectionsMarshal.AsImmutableArray(renewals),
            Waits = ImmutableCollectionsMarshal.AsImmutableArray(waits),
        };
    }

    /// <summary>Those that wait for one key are named to it in one call.</summary>
    private async Task BeatAsync(string key, (Beat Beat, int Index)[] beats, BeatReply[] replies, CancellationToken end)
    {
        ImmutableArray<BeatReply> answers;
        try
        {
            answers = await AnswerAsync(GrainFactory.GetLock(key).BeatAsync([.. beats.Select(item => item.Beat.LeaseId)], CancellationToken.None), end);
        }
        catch (Exception)
        {
            // Unknown, and this lock's alone. The next heartbeat asks again.
            answers = [.. beats.Select(_ => new BeatReply { Status = BeatStatus.Unknown })];
        }

        for (var index = 0; index < beats.Length; index++)
            replies[beats[index].Index] = answers[index];
    }

    private async Task<RenewReply> RenewAsync(Beat renewal, CancellationToken end)
    {
        try
        {
            return await AnswerAsync(GrainFactory.GetLock(renewal.Key).RenewAsync(renewal.LeaseId, CancellationToken.None), end);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return Unknown("It was not answered in time for the others of its heartbeat.");
        }
        catch (Exception exception)
        {
            // Whatever it was, it is this lock's alone, and it may have been renewed.
            return Unknown(exception.Message);
        }
    }

    /// <summary>Not cancelled with the waiting: what is on its way may go on, and the token would cost each a message more.</summary>
    private static async Task<T> AnswerAsync<T>(ValueTask<T> call, CancellationToken end)
    {
        var task = call.AsTask();
        try
        {
            return await task.WaitAsync(end);
        }
        finally
        {
            task.Ignore();
        }
    }

    private static RenewReply Unknown(string detail) => new() { Status = RenewStatus.Unknown, Detail = detail };

    private static string? FindProblem(Heartbeat heartbeat)
    {
        var count = heartbeat.Renewals.IsDefault || heartbeat.Waits.IsDefault ? 0 : heartbeat.Renewals.Length + heartbeat.Waits.Length;
        if (count is 0 or > Heartbeat.BeatsMax)
            return $"A heartbeat must name 1 to {Heartbeat.BeatsMax} requests; this one names {count}.";
        return heartbeat.AnswerWithin > TimeSpan.Zero && heartbeat.AnswerWithin <= AnswerWithinMax
            ? null
            : $"A heartbeat's {nameof(heartbeat.AnswerWithin)} must be more than 0 and at most {AnswerWithinMax}; this one is {heartbeat.AnswerWithin}.";
    }
}
