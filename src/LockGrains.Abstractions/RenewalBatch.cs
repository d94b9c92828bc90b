using System.Collections.Immutable;

namespace LockGrains;

/// <summary>
/// Passes renewals of several locks on, from inside the cluster: one message of the client in place of many. It decides nothing, and
/// has one answer for each: one lock's trouble is not another's.
/// </summary>
[Alias("lockgrains.IRenewalBatchGrain")]
internal interface IRenewalBatchGrain : IGrainWithIntegerKey
{
    /// <summary>Renews each; waits no longer than the batch says, and answers "unknown" for those that are not answered by then.</summary>
    /// <param name="batch">What to renew.</param>
    /// <param name="cancellationToken">Ends the waiting; any of the renewals may have happened.</param>
    [Alias("Renew")]
    ValueTask<RenewalBatchReply> RenewAsync(RenewalBatch batch, CancellationToken cancellationToken = default);
}

/// <summary>Renewals of one client, sent together.</summary>
[GenerateSerializer, Immutable]
[Alias("lockgrains.RenewalBatch")]
internal sealed record RenewalBatch
{
    /// <summary>The most in one batch: 256.</summary>
    public const int RenewalsMax = 256;

    /// <summary>What to renew: 1 to <see cref="RenewalsMax"/>.</summary>
    [Id(0)]
    public ImmutableArray<Renewal> Renewals { get; init; } = [];

    /// <summary>How long those that are answered may wait for those that are not.</summary>
    [Id(1)]
    public TimeSpan AnswerWithin { get; init; }
}

/// <summary>One renewal of a batch.</summary>
[GenerateSerializer, Immutable]
[Alias("lockgrains.Renewal")]
internal sealed record Renewal
{
    /// <summary>The lock's key.</summary>
    [Id(0)]
    public string Key { get; init; } = "";

    /// <summary>The <c>LeaseId</c> that holds the lock.</summary>
    [Id(1)]
    public Guid LeaseId { get; init; }
}

/// <summary>What came of a batch of renewals.</summary>
[GenerateSerializer, Immutable]
[Alias("lockgrains.RenewalBatchReply")]
internal sealed record RenewalBatchReply
{
    /// <summary>One for each renewal, in their order.</summary>
    [Id(0)]
    public ImmutableArray<RenewReply> Replies { get; init; } = [];
}
