using System.Collections.Immutable;

namespace LockGrains.Wire;

/// <summary>What is sent of a <see cref="Heartbeat"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct HeartbeatWire
{
    [Id(0)]
    public ImmutableArray<Beat> Renewals;

    [Id(1)]
    public ImmutableArray<Beat> Waits;

    [Id(2)]
    public TimeSpan AnswerWithin;
}

[RegisterConverter]
internal sealed class HeartbeatConverter : IConverter<Heartbeat, HeartbeatWire>
{
    public HeartbeatWire ConvertToSurrogate(in Heartbeat value) =>
        new() { Renewals = value.Renewals, Waits = value.Waits, AnswerWithin = value.AnswerWithin };

    public Heartbeat ConvertFromSurrogate(in HeartbeatWire surrogate) =>
        new() { Renewals = surrogate.Renewals, Waits = surrogate.Waits, AnswerWithin = surrogate.AnswerWithin };
}

/// <summary>What is sent of a <see cref="Beat"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct BeatWire
{
    [Id(0)]
    public string Key;

    [Id(1)]
    public Guid LeaseId;
}

[RegisterConverter]
internal sealed class BeatConverter : IConverter<Beat, BeatWire>
{
    public BeatWire ConvertToSurrogate(in Beat value) => new() { Key = value.Key, LeaseId = value.LeaseId };

    public Beat ConvertFromSurrogate(in BeatWire surrogate) => new() { Key = surrogate.Key, LeaseId = surrogate.LeaseId };
}

/// <summary>What is sent of a <see cref="HeartbeatReply"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct HeartbeatReplyWire
{
    [Id(0)]
    public ImmutableArray<RenewReply> Renewals;

    [Id(1)]
    public ImmutableArray<BeatReply> Waits;
}

[RegisterConverter]
internal sealed class HeartbeatReplyConverter : IConverter<HeartbeatReply, HeartbeatReplyWire>
{
    public HeartbeatReplyWire ConvertToSurrogate(in HeartbeatReply value) => new() { Renewals = value.Renewals, Waits = value.Waits };

    public HeartbeatReply ConvertFromSurrogate(in HeartbeatReplyWire surrogate) => new() { Renewals = surrogate.Renewals, Waits = surrogate.Waits };
}

/// <summary>What is sent of a <see cref="BeatReply"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct BeatReplyWire
{
    [Id(0)]
    public BeatStatus Status;

    [Id(1)]
    public int Place;

    [Id(2)]
    public int QueueLength;

    [Id(3)]
    public TimeSpan? Estimate;
}

[RegisterConverter]
internal sealed class BeatReplyConverter : IConverter<BeatReply, BeatReplyWire>
{
    public BeatReplyWire ConvertToSurrogate(in BeatReply value) =>
        new() { Status = value.Status, Place = value.Place, QueueLength = value.QueueLength, Estimate = value.Estimate };

    public BeatReply ConvertFromSurrogate(in BeatReplyWire surrogate) =>
        new() { Status = surrogate.Status, Place = surrogate.Place, QueueLength = surrogate.QueueLength, Estimate = surrogate.Estimate };
}
