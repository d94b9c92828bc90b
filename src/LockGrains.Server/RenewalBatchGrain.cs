using System.Runtime.InteropServices;
using Orleans.Concurrency;

namespace LockGrains;

/// <summary>
/// Sends the renewals of a batch to their locks, all at once, and gathers the answers. It has no state and knows no rule about locks. It
/// lives on the silo that the batch came to, and many batches go through it at a time.
/// </summary>
[GrainType("lockgrains.renewals")]
[StatelessWorker]
[Reentrant]
internal sealed class RenewalBatchGrain(LockGrainHost host) : Grain, IRenewalBatchGrain
{
    private static readonly TimeSpan AnswerWithinMax = TimeSpan.FromMinutes(1);

    public async ValueTask<RenewalBatchReply> RenewAsync(RenewalBatch batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (FindProblem(batch) is { } problem)
            throw new ArgumentException(problem, nameof(batch));
        using var deadline = new CancellationTokenSource(batch.AnswerWithin, host.Time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var replies = await Task.WhenAll(batch.Renewals.Select(renewal => RenewAsync(renewal, end.Token)));
        return new RenewalBatchReply { Replies = ImmutableCollectionsMarshal.AsImmutableArray(replies) };
    }

    private async Task<RenewReply> RenewAsync(Renewal renewal, CancellationToken end)
    {
        Task<RenewReply>? call = null;
        try
        {
            // Not cancelled with the waiting: a renewal that is on its way may go on, and the token would cost each a message more.
            call = GrainFactory.GetLock(renewal.Key).RenewAsync(renewal.LeaseId, CancellationToken.None).AsTask();
            return await call.WaitAsync(end);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            call?.Ignore();
            return Unknown("It was not answered in time for the others of its batch.");
        }
        catch (Exception exception)
        {
            // Whatever it was, it is this lock's alone, and it may have been renewed.
            return Unknown(exception.Message);
        }
    }

    private static RenewReply Unknown(string detail) => new() { Status = RenewStatus.Unknown, Detail = detail };

    private static string? FindProblem(RenewalBatch batch)
    {
        if (batch.Renewals.IsDefault || batch.Renewals.Length is 0 or > RenewalBatch.RenewalsMax)
        {
            var count = batch.Renewals.IsDefault ? 0 : batch.Renewals.Length;
            return $"A batch must have 1 to {RenewalBatch.RenewalsMax} renewals; this one has {count}.";
        }

        return batch.AnswerWithin > TimeSpan.Zero && batch.AnswerWithin <= AnswerWithinMax
            ? null
            : $"A batch's {nameof(batch.AnswerWithin)} must be more than 0 and at most {AnswerWithinMax}; this one is {batch.AnswerWithin}.";
    }
}
