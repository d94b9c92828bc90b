using System.Collections.Immutable;

namespace LockGrains.Wire;

/// <summary>What is sent of a <see cref="LockInfo"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct LockInfoWire
{
    [Id(0)]
    public ImmutableArray<HolderInfo> Holders;

    [Id(1)]
    public int QueueLength;

    [Id(2)]
    public ImmutableArray<WaiterInfo> Waiters;

    [Id(3)]
    public long LastFencingToken;

    [Id(4)]
    public bool Known;

    [Id(5)]
    public string? Detail;

    [Id(6)]
    public int HolderCount;

    [Id(7)]
    public long PermitsTaken;

    [Id(8)]
    public int? Limit;

    [Id(9)]
    public long LimitVersion;

    [Id(10)]
    public LockValue? Value;

    [Id(11)]
    public WaitObstacle FirstWaitsFor;

    [Id(12)]
    public TimeSpan? Pace;

    [Id(13)]
    public ImmutableArray<RecentEvent> Recent;

    [Id(14)]
    public string? Silo;
}

[RegisterConverter]
internal sealed class LockInfoConverter : IConverter<LockInfo, LockInfoWire>
{
    public LockInfoWire ConvertToSurrogate(in LockInfo value) => new()
    {
        Holders = value.Holders,
        HolderCount = value.HolderCount,
        PermitsTaken = value.PermitsTaken,
        Limit = value.Limit,
        LimitVersion = value.LimitVersion,
        Value = value.Value,
        FirstWaitsFor = value.FirstWaitsFor,
        Pace = value.Pace,
        Recent = value.Recent,
        QueueLength = value.QueueLength,
        Waiters = value.Waiters,
        LastFencingToken = value.LastFencingToken,
        Silo = value.Silo,
        Known = value.Known,
        Detail = value.Detail,
    };

    public LockInfo ConvertFromSurrogate(in LockInfoWire surrogate) => new()
    {
        Holders = surrogate.Holders,
        HolderCount = surrogate.HolderCount,
        PermitsTaken = surrogate.PermitsTaken,
        Limit = surrogate.Limit,
        LimitVersion = surrogate.LimitVersion,
        Value = surrogate.Value,
        FirstWaitsFor = surrogate.FirstWaitsFor,
        Pace = surrogate.Pace,
        Recent = surrogate.Recent,
        QueueLength = surrogate.QueueLength,
        Waiters = surrogate.Waiters,
        LastFencingToken = surrogate.LastFencingToken,
        Silo = surrogate.Silo,
        Known = surrogate.Known,
        Detail = surrogate.Detail,
    };
}

/// <summary>What is sent of a <see cref="HolderInfo"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct HolderInfoWire
{
    [Id(0)]
    public string OwnerId;

    [Id(1)]
    public long FencingToken;

    [Id(2)]
    public TimeSpan Lease;

    [Id(3)]
    public TimeSpan ExpiresIn;

    [Id(4)]
    public LockMode Mode;

    [Id(5)]
    public int Permits;

    [Id(6)]
    public int? Limit;

    [Id(7)]
    public ImmutableArray<int> PermitNumbers;

    [Id(8)]
    public TimeSpan LockDelay;

    [Id(9)]
    public bool IsHeldBack;

    [Id(10)]
    public TimeSpan HeldFor;

    [Id(11)]
    public string? SessionId;
}

[RegisterConverter]
internal sealed class HolderInfoConverter : IConverter<HolderInfo, HolderInfoWire>
{
    public HolderInfoWire ConvertToSurrogate(in HolderInfo value) => new()
    {
        OwnerId = value.OwnerId,
        FencingToken = value.FencingToken,
        Lease = value.Lease,
        ExpiresIn = value.ExpiresIn,
        Mode = value.Mode,
        Permits = value.Permits,
        Limit = value.Limit,
        PermitNumbers = value.PermitNumbers,
        LockDelay = value.LockDelay,
        IsHeldBack = value.IsHeldBack,
        HeldFor = value.HeldFor,
        SessionId = value.SessionId,
    };

    public HolderInfo ConvertFromSurrogate(in HolderInfoWire surrogate) => new()
    {
        OwnerId = surrogate.OwnerId,
        FencingToken = surrogate.FencingToken,
        Lease = surrogate.Lease,
        ExpiresIn = surrogate.ExpiresIn,
        Mode = surrogate.Mode,
        Permits = surrogate.Permits,
        Limit = surrogate.Limit,
        PermitNumbers = surrogate.PermitNumbers,
        LockDelay = surrogate.LockDelay,
        IsHeldBack = surrogate.IsHeldBack,
        HeldFor = surrogate.HeldFor,
        SessionId = surrogate.SessionId,
    };
}

/// <summary>What is sent of a <see cref="WaiterInfo"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct WaiterInfoWire
{
    [Id(0)]
    public string OwnerId;

    [Id(1)]
    public long Ticket;

    [Id(2)]
    public bool Attached;

    [Id(3)]
    public LockMode Mode;

    [Id(4)]
    public int Permits;

    [Id(5)]
    public int? Limit;

    [Id(6)]
    public TimeSpan WaitedFor;

    [Id(7)]
    public TimeSpan? Estimate;

    [Id(8)]
    public string? SessionId;
}

[RegisterConverter]
internal sealed class WaiterInfoConverter : IConverter<WaiterInfo, WaiterInfoWire>
{
    public WaiterInfoWire ConvertToSurrogate(in WaiterInfo value) => new()
    {
        OwnerId = value.OwnerId,
        Ticket = value.Ticket,
        Attached = value.Attached,
        WaitedFor = value.WaitedFor,
        Estimate = value.Estimate,
        SessionId = value.SessionId,
        Mode = value.Mode,
        Permits = value.Permits,
        Limit = value.Limit,
    };

    public WaiterInfo ConvertFromSurrogate(in WaiterInfoWire surrogate) => new()
    {
        OwnerId = surrogate.OwnerId,
        Ticket = surrogate.Ticket,
        Attached = surrogate.Attached,
        WaitedFor = surrogate.WaitedFor,
        Estimate = surrogate.Estimate,
        SessionId = surrogate.SessionId,
        Mode = surrogate.Mode,
        Permits = surrogate.Permits,
        Limit = surrogate.Limit,
    };
}
