using System.Collections.Immutable;

namespace LockGrains.Wire;

/// <summary>What is sent of an <see cref="AcquireRequest"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct AcquireRequestWire
{
    [Id(0)]
    public Guid LeaseId;

    [Id(1)]
    public string OwnerId;

    [Id(2)]
    public TimeSpan Lease;

    [Id(3)]
    public TimeSpan Wait;

    [Id(4)]
    public TimeSpan? Slice;

    [Id(5)]
    public bool Renews;

    [Id(6)]
    public TimeSpan? BeatPeriod;

    [Id(7)]
    public LockMode Mode;

    [Id(8)]
    public int Permits;

    [Id(9)]
    public int? Limit;

    [Id(10)]
    public LockValue? Value;

    [Id(11)]
    public TimeSpan LockDelay;

    [Id(12)]
    public string? SessionId;

    [Id(13)]
    public long SessionToken;

    // A silo of before it was there knows nothing of it, and queues.
    [Id(14)]
    public bool NoNewPlace;
}

[RegisterConverter]
internal sealed class AcquireRequestConverter : IConverter<AcquireRequest, AcquireRequestWire>
{
    public AcquireRequestWire ConvertToSurrogate(in AcquireRequest value) => new()
    {
        LeaseId = value.LeaseId,
        OwnerId = value.OwnerId,
        Lease = value.Lease,
        Wait = value.Wait,
        Slice = value.Slice,
        Renews = value.Renews,
        BeatPeriod = value.BeatPeriod,
        Mode = value.Mode,
        Permits = value.Permits,
        Limit = value.Limit,
        Value = value.Value,
        LockDelay = value.LockDelay,
        SessionId = value.SessionId,
        SessionToken = value.SessionToken,
        NoNewPlace = value.NoNewPlace,
    };

    public AcquireRequest ConvertFromSurrogate(in AcquireRequestWire surrogate) => new()
    {
        LeaseId = surrogate.LeaseId,
        OwnerId = surrogate.OwnerId,
        Lease = surrogate.Lease,
        Wait = surrogate.Wait,
        Slice = surrogate.Slice,
        Renews = surrogate.Renews,
        BeatPeriod = surrogate.BeatPeriod,
        Mode = surrogate.Mode,
        Permits = surrogate.Permits,
        Limit = surrogate.Limit,
        Value = surrogate.Value,
        LockDelay = surrogate.LockDelay,
        SessionId = surrogate.SessionId,
        SessionToken = surrogate.SessionToken,
        NoNewPlace = surrogate.NoNewPlace,
    };
}

/// <summary>What is sent of an <see cref="AcquireReply"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct AcquireReplyWire
{
    [Id(0)]
    public AcquireStatus Status;

    [Id(1)]
    public long FencingToken;

    [Id(2)]
    public TimeSpan ValidFor;

    [Id(3)]
    public int Place;

    [Id(4)]
    public int QueueLength;

    [Id(5)]
    public DenyReason Reason;

    [Id(6)]
    public string? Detail;

    [Id(7)]
    public TimeSpan Lease;

    [Id(8)]
    public ImmutableArray<int> PermitNumbers;

    [Id(9)]
    public long ValueVersion;

    [Id(10)]
    public TimeSpan? Estimate;
}

[RegisterConverter]
internal sealed class AcquireReplyConverter : IConverter<AcquireReply, AcquireReplyWire>
{
    public AcquireReplyWire ConvertToSurrogate(in AcquireReply value) => new()
    {
        Status = value.Status,
        FencingToken = value.FencingToken,
        ValidFor = value.ValidFor,
        Place = value.Place,
        QueueLength = value.QueueLength,
        Reason = value.Reason,
        Detail = value.Detail,
        Lease = value.Lease,
        PermitNumbers = value.PermitNumbers,
        ValueVersion = value.ValueVersion,
        Estimate = value.Estimate,
    };

    public AcquireReply ConvertFromSurrogate(in AcquireReplyWire surrogate) => new()
    {
        Status = surrogate.Status,
        FencingToken = surrogate.FencingToken,
        ValidFor = surrogate.ValidFor,
        Place = surrogate.Place,
        QueueLength = surrogate.QueueLength,
        Reason = surrogate.Reason,
        Detail = surrogate.Detail,
        Lease = surrogate.Lease,
        PermitNumbers = surrogate.PermitNumbers,
        ValueVersion = surrogate.ValueVersion,
        Estimate = surrogate.Estimate,
    };
}
