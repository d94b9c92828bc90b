using System.Collections.Immutable;

namespace LockGrains.Wire;

/// <summary>What is sent of a <see cref="LockListRequest"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct LockListRequestWire
{
    [Id(0)]
    public string Prefix;

    [Id(1)]
    public LockListState State;

    [Id(2)]
    public string? After;

    [Id(3)]
    public int Limit;

    [Id(4)]
    public ImmutableArray<string> SilosMissing;

    [Id(5)]
    public TimeSpan? SiloTimeout;
}

[RegisterConverter]
internal sealed class LockListRequestConverter : IConverter<LockListRequest, LockListRequestWire>
{
    public LockListRequestWire ConvertToSurrogate(in LockListRequest value) => new()
    {
        Prefix = value.Prefix,
        State = value.State,
        After = value.After,
        Limit = value.Limit,
        SilosMissing = value.SilosMissing,
        SiloTimeout = value.SiloTimeout,
    };

    public LockListRequest ConvertFromSurrogate(in LockListRequestWire surrogate) => new()
    {
        Prefix = surrogate.Prefix,
        State = surrogate.State,
        After = surrogate.After,
        Limit = surrogate.Limit,
        SilosMissing = surrogate.SilosMissing,
        SiloTimeout = surrogate.SiloTimeout,
    };
}

/// <summary>What is sent of a <see cref="LockListPage"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct LockListPageWire
{
    [Id(0)]
    public ImmutableArray<LockSummary> Locks;

    [Id(1)]
    public string? Next;

    [Id(2)]
    public int SiloCount;

    [Id(3)]
    public ImmutableArray<string> SilosMissing;
}

[RegisterConverter]
internal sealed class LockListPageConverter : IConverter<LockListPage, LockListPageWire>
{
    public LockListPageWire ConvertToSurrogate(in LockListPage value) =>
        new() { Locks = value.Locks, Next = value.Next, SiloCount = value.SiloCount, SilosMissing = value.SilosMissing };

    public LockListPage ConvertFromSurrogate(in LockListPageWire surrogate) =>
        new() { Locks = surrogate.Locks, Next = surrogate.Next, SiloCount = surrogate.SiloCount, SilosMissing = surrogate.SilosMissing };
}

/// <summary>What is sent of a <see cref="LockSummary"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct LockSummaryWire
{
    [Id(0)]
    public string Key;

    [Id(1)]
    public int HolderCount;

    [Id(2)]
    public string OwnerId;

    [Id(3)]
    public long FencingToken;

    [Id(4)]
    public LockMode Mode;

    [Id(5)]
    public long PermitsTaken;

    [Id(6)]
    public int? Limit;

    [Id(7)]
    public bool IsHeldBack;

    [Id(8)]
    public TimeSpan HeldFor;

    [Id(9)]
    public TimeSpan ExpiresIn;

    [Id(10)]
    public int QueueLength;

    [Id(11)]
    public bool IsUpgrading;

    [Id(12)]
    public TimeSpan LongestWait;
}

[RegisterConverter]
internal sealed class LockSummaryConverter : IConverter<LockSummary, LockSummaryWire>
{
    public LockSummaryWire ConvertToSurrogate(in LockSummary value) => new()
    {
        Key = value.Key,
        HolderCount = value.HolderCount,
        OwnerId = value.OwnerId,
        FencingToken = value.FencingToken,
        Mode = value.Mode,
        PermitsTaken = value.PermitsTaken,
        Limit = value.Limit,
        IsHeldBack = value.IsHeldBack,
        HeldFor = value.HeldFor,
        ExpiresIn = value.ExpiresIn,
        QueueLength = value.QueueLength,
        IsUpgrading = value.IsUpgrading,
        LongestWait = value.LongestWait,
    };

    public LockSummary ConvertFromSurrogate(in LockSummaryWire surrogate) => new()
    {
        Key = surrogate.Key,
        HolderCount = surrogate.HolderCount,
        OwnerId = surrogate.OwnerId,
        FencingToken = surrogate.FencingToken,
        Mode = surrogate.Mode,
        PermitsTaken = surrogate.PermitsTaken,
        Limit = surrogate.Limit,
        IsHeldBack = surrogate.IsHeldBack,
        HeldFor = surrogate.HeldFor,
        ExpiresIn = surrogate.ExpiresIn,
        QueueLength = surrogate.QueueLength,
        IsUpgrading = surrogate.IsUpgrading,
        LongestWait = surrogate.LongestWait,
    };
}
