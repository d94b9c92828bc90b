namespace LockGrains.Wire;

/// <summary>What is sent of an <see cref="UpgradeRequest"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct UpgradeRequestWire
{
    [Id(0)]
    public Guid LeaseId;

    [Id(1)]
    public int Change;

    [Id(2)]
    public TimeSpan Wait;

    [Id(3)]
    public TimeSpan? Slice;

    [Id(4)]
    public TimeSpan? BeatPeriod;
}

[RegisterConverter]
internal sealed class UpgradeRequestConverter : IConverter<UpgradeRequest, UpgradeRequestWire>
{
    public UpgradeRequestWire ConvertToSurrogate(in UpgradeRequest value) => new()
    {
        LeaseId = value.LeaseId,
        Change = value.Change,
        Wait = value.Wait,
        Slice = value.Slice,
        BeatPeriod = value.BeatPeriod,
    };

    public UpgradeRequest ConvertFromSurrogate(in UpgradeRequestWire surrogate) => new()
    {
        LeaseId = surrogate.LeaseId,
        Change = surrogate.Change,
        Wait = surrogate.Wait,
        Slice = surrogate.Slice,
        BeatPeriod = surrogate.BeatPeriod,
    };
}

/// <summary>What is sent of a <see cref="DowngradeRequest"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct DowngradeRequestWire
{
    [Id(0)]
    public Guid LeaseId;

    [Id(1)]
    public int Change;

    [Id(2)]
    public LockMode Mode;

    [Id(3)]
    public int Permits;
}

[RegisterConverter]
internal sealed class DowngradeRequestConverter : IConverter<DowngradeRequest, DowngradeRequestWire>
{
    public DowngradeRequestWire ConvertToSurrogate(in DowngradeRequest value) => new()
    {
        LeaseId = value.LeaseId,
        Change = value.Change,
        Mode = value.Mode,
        Permits = value.Permits,
    };

    public DowngradeRequest ConvertFromSurrogate(in DowngradeRequestWire surrogate) => new()
    {
        LeaseId = surrogate.LeaseId,
        Change = surrogate.Change,
        Mode = surrogate.Mode,
        Permits = surrogate.Permits,
    };
}

/// <summary>What is sent of a <see cref="ChangeReply"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct ChangeReplyWire
{
    [Id(0)]
    public ChangeStatus Status;

    [Id(1)]
    public LockMode Mode;

    [Id(2)]
    public int Permits;

    [Id(3)]
    public long FencingToken;

    [Id(4)]
    public EndReason End;

    [Id(5)]
    public string? Detail;
}

[RegisterConverter]
internal sealed class ChangeReplyConverter : IConverter<ChangeReply, ChangeReplyWire>
{
    public ChangeReplyWire ConvertToSurrogate(in ChangeReply value) => new()
    {
        Status = value.Status,
        Mode = value.Mode,
        Permits = value.Permits,
        FencingToken = value.FencingToken,
        End = value.End,
        Detail = value.Detail,
    };

    public ChangeReply ConvertFromSurrogate(in ChangeReplyWire surrogate) => new()
    {
        Status = surrogate.Status,
        Mode = surrogate.Mode,
        Permits = surrogate.Permits,
        FencingToken = surrogate.FencingToken,
        End = surrogate.End,
        Detail = surrogate.Detail,
    };
}
