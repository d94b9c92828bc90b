namespace LockGrains.Wire;

/// <summary>What is sent of a <see cref="WatchRequest"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct WatchRequestWire
{
    [Id(0)]
    public string? Cursor;

    [Id(1)]
    public TimeSpan? Slice;
}

[RegisterConverter]
internal sealed class WatchRequestConverter : IConverter<WatchRequest, WatchRequestWire>
{
    public WatchRequestWire ConvertToSurrogate(in WatchRequest value) => new() { Cursor = value.Cursor, Slice = value.Slice };

    public WatchRequest ConvertFromSurrogate(in WatchRequestWire surrogate) => new() { Cursor = surrogate.Cursor, Slice = surrogate.Slice };
}

/// <summary>What is sent of a <see cref="WatchReply"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct WatchReplyWire
{
    [Id(0)]
    public WatchStatus Status;

    [Id(1)]
    public LockInfo? Info;

    [Id(2)]
    public string? Cursor;

    [Id(3)]
    public string? Detail;
}

[RegisterConverter]
internal sealed class WatchReplyConverter : IConverter<WatchReply, WatchReplyWire>
{
    public WatchReplyWire ConvertToSurrogate(in WatchReply value) =>
        new() { Status = value.Status, Info = value.Info, Cursor = value.Cursor, Detail = value.Detail };

    public WatchReply ConvertFromSurrogate(in WatchReplyWire surrogate) =>
        new() { Status = surrogate.Status, Info = surrogate.Info, Cursor = surrogate.Cursor, Detail = surrogate.Detail };
}

/// <summary>What is sent of a <see cref="RecentEvent"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct RecentEventWire
{
    [Id(0)]
    public RecentEventKind What;

    [Id(1)]
    public EndReason Reason;

    [Id(2)]
    public string OwnerId;

    [Id(3)]
    public long FencingToken;

    [Id(4)]
    public TimeSpan Ago;
}

[RegisterConverter]
internal sealed class RecentEventConverter : IConverter<RecentEvent, RecentEventWire>
{
    public RecentEventWire ConvertToSurrogate(in RecentEvent value) =>
        new() { What = value.What, Reason = value.Reason, OwnerId = value.OwnerId, FencingToken = value.FencingToken, Ago = value.Ago };

    public RecentEvent ConvertFromSurrogate(in RecentEventWire surrogate) =>
        new() { What = surrogate.What, Reason = surrogate.Reason, OwnerId = surrogate.OwnerId, FencingToken = surrogate.FencingToken, Ago = surrogate.Ago };
}
