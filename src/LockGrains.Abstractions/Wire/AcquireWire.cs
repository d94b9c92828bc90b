using System.Collections.Immutable;

namespace LockGrains.Wire;

/// <summary>What is sent of an <see cref="AcquireRequest"/>.</summary>
[GenerateSerializer, Immutable]
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
    public AcquireExtraWire? Extra;
}

/// <summary>What most requests do not ask for: not sent with a plain exclusive one, so that a mutex pays for none of it.</summary>
[GenerateSerializer, Immutable]
internal sealed record AcquireExtraWire
{
    [Id(0)]
    public LockMode Mode;

    [Id(1)]
    public int Permits;

    [Id(2)]
    public int? Limit;

    [Id(3)]
    public LockValue? Value;

    public static AcquireExtraWire? Of(AcquireRequest request) => request is { Mode: LockMode.Exclusive, Permits: 1, Limit: null, Value: null }
        ? null
        : new AcquireExtraWire { Mode = request.Mode, Permits = request.Permits, Limit = request.Limit, Value = request.Value };
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
        Extra = AcquireExtraWire.Of(value),
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
        Mode = surrogate.Extra?.Mode ?? LockMode.Exclusive,
        Permits = surrogate.Extra?.Permits ?? 1,
        Limit = surrogate.Extra?.Limit,
        Value = surrogate.Extra?.Value,
    };
}

/// <summary>What is sent of an <see cref="AcquireReply"/>.</summary>
[GenerateSerializer, Immutable]
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
    public GrantExtraWire? Extra;
}

/// <summary>What most grants have not: not sent with a plain one.</summary>
[GenerateSerializer, Immutable]
internal sealed record GrantExtraWire
{
    [Id(0)]
    public ImmutableArray<int> PermitNumbers;

    [Id(1)]
    public long ValueVersion;

    public static GrantExtraWire? Of(AcquireReply reply) => reply.PermitNumbers.IsDefaultOrEmpty && reply.ValueVersion == 0
        ? null
        : new GrantExtraWire { PermitNumbers = reply.PermitNumbers.IsDefault ? [] : reply.PermitNumbers, ValueVersion = reply.ValueVersion };
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
        Extra = GrantExtraWire.Of(value),
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
        PermitNumbers = surrogate.Extra?.PermitNumbers ?? [],
        ValueVersion = surrogate.Extra?.ValueVersion ?? 0,
    };
}
