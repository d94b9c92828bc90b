using System.Collections.Immutable;

namespace LockGrains.Wire;

/// <summary>What is sent of a <see cref="LockInfo"/>.</summary>
[GenerateSerializer, Immutable]
internal record struct LockInfoWire
{
    [Id(0)]
    public HolderInfo? Holder;

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
}

[RegisterConverter]
internal sealed class LockInfoConverter : IConverter<LockInfo, LockInfoWire>
{
    public LockInfoWire ConvertToSurrogate(in LockInfo value) => new()
    {
        Holder = value.Holder,
        QueueLength = value.QueueLength,
        Waiters = value.Waiters,
        LastFencingToken = value.LastFencingToken,
        Known = value.Known,
        Detail = value.Detail,
    };

    public LockInfo ConvertFromSurrogate(in LockInfoWire surrogate) => new()
    {
        Holder = surrogate.Holder,
        QueueLength = surrogate.QueueLength,
        Waiters = surrogate.Waiters,
        LastFencingToken = surrogate.LastFencingToken,
        Known = surrogate.Known,
        Detail = surrogate.Detail,
    };
}

/// <summary>What is sent of a <see cref="HolderInfo"/>.</summary>
[GenerateSerializer, Immutable]
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
    };

    public HolderInfo ConvertFromSurrogate(in HolderInfoWire surrogate) => new()
    {
        OwnerId = surrogate.OwnerId,
        FencingToken = surrogate.FencingToken,
        Lease = surrogate.Lease,
        ExpiresIn = surrogate.ExpiresIn,
    };
}

/// <summary>What is sent of a <see cref="WaiterInfo"/>.</summary>
[GenerateSerializer, Immutable]
internal record struct WaiterInfoWire
{
    [Id(0)]
    public string OwnerId;

    [Id(1)]
    public long Ticket;

    [Id(2)]
    public bool Attached;
}

[RegisterConverter]
internal sealed class WaiterInfoConverter : IConverter<WaiterInfo, WaiterInfoWire>
{
    public WaiterInfoWire ConvertToSurrogate(in WaiterInfo value) => new() { OwnerId = value.OwnerId, Ticket = value.Ticket, Attached = value.Attached };

    public WaiterInfo ConvertFromSurrogate(in WaiterInfoWire surrogate) => new() { OwnerId = surrogate.OwnerId, Ticket = surrogate.Ticket, Attached = surrogate.Attached };
}
