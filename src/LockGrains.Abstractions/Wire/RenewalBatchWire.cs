using System.Collections.Immutable;

namespace LockGrains.Wire;

/// <summary>What is sent of a <see cref="RenewalBatch"/>.</summary>
[GenerateSerializer, Immutable]
internal record struct RenewalBatchWire
{
    [Id(0)]
    public ImmutableArray<Renewal> Renewals;

    [Id(1)]
    public TimeSpan AnswerWithin;
}

[RegisterConverter]
internal sealed class RenewalBatchConverter : IConverter<RenewalBatch, RenewalBatchWire>
{
    public RenewalBatchWire ConvertToSurrogate(in RenewalBatch value) => new() { Renewals = value.Renewals, AnswerWithin = value.AnswerWithin };

    public RenewalBatch ConvertFromSurrogate(in RenewalBatchWire surrogate) => new() { Renewals = surrogate.Renewals, AnswerWithin = surrogate.AnswerWithin };
}

/// <summary>What is sent of a <see cref="Renewal"/>.</summary>
[GenerateSerializer, Immutable]
internal record struct RenewalWire
{
    [Id(0)]
    public string Key;

    [Id(1)]
    public Guid LeaseId;
}

[RegisterConverter]
internal sealed class RenewalConverter : IConverter<Renewal, RenewalWire>
{
    public RenewalWire ConvertToSurrogate(in Renewal value) => new() { Key = value.Key, LeaseId = value.LeaseId };

    public Renewal ConvertFromSurrogate(in RenewalWire surrogate) => new() { Key = surrogate.Key, LeaseId = surrogate.LeaseId };
}

/// <summary>What is sent of a <see cref="RenewalBatchReply"/>.</summary>
[GenerateSerializer, Immutable]
internal record struct RenewalBatchReplyWire
{
    [Id(0)]
    public ImmutableArray<RenewReply> Replies;
}

[RegisterConverter]
internal sealed class RenewalBatchReplyConverter : IConverter<RenewalBatchReply, RenewalBatchReplyWire>
{
    public RenewalBatchReplyWire ConvertToSurrogate(in RenewalBatchReply value) => new() { Replies = value.Replies };

    public RenewalBatchReply ConvertFromSurrogate(in RenewalBatchReplyWire surrogate) => new() { Replies = surrogate.Replies };
}
