using System.Collections.Immutable;

namespace LockGrains;

/// <summary>Renewals of one client, sent together.</summary>
public sealed record RenewalBatch
{
    /// <summary>The most in one batch: 256.</summary>
    public const int RenewalsMax = 256;

    /// <summary>What to renew: 1 to <see cref="RenewalsMax"/>.</summary>
    public ImmutableArray<Renewal> Renewals { get; init; } = [];

    /// <summary>How long those that are answered may wait for those that are not.</summary>
    public TimeSpan AnswerWithin { get; init; }
}

/// <summary>One renewal of a batch.</summary>
public sealed record Renewal
{
    /// <summary>The lock's key.</summary>
    public string Key { get; init; } = "";

    /// <summary>The <c>LeaseId</c> that holds the lock.</summary>
    public Guid LeaseId { get; init; }
}

/// <summary>What came of a batch of renewals.</summary>
public sealed record RenewalBatchReply
{
    /// <summary>One for each renewal, in their order.</summary>
    public ImmutableArray<RenewReply> Replies { get; init; } = [];
}
