using System.Collections.Immutable;

namespace LockGrains.Wire;

/// <summary>What is sent of a <see cref="RenewReply"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct RenewReplyWire
{
    [Id(0)]
    public RenewStatus Status;

    [Id(1)]
    public TimeSpan ValidFor;

    [Id(2)]
    public EndReason End;

    [Id(3)]
    public string? Detail;

    [Id(4)]
    public int Waiters;

    [Id(5)]
    public ImmutableArray<string> RevokedKeys;
}

[RegisterConverter]
internal sealed class RenewReplyConverter : IConverter<RenewReply, RenewReplyWire>
{
    public RenewReplyWire ConvertToSurrogate(in RenewReply value) => new()
    {
        Status = value.Status,
        ValidFor = value.ValidFor,
        End = value.End,
        Detail = value.Detail,
        Waiters = value.Waiters,
        RevokedKeys = value.RevokedKeys.IsDefaultOrEmpty ? default : value.RevokedKeys,
    };

    public RenewReply ConvertFromSurrogate(in RenewReplyWire surrogate) => new()
    {
        Status = surrogate.Status,
        ValidFor = surrogate.ValidFor,
        End = surrogate.End,
        Detail = surrogate.Detail,
        Waiters = surrogate.Waiters,
        RevokedKeys = surrogate.RevokedKeys.IsDefault ? [] : surrogate.RevokedKeys,
    };
}

/// <summary>What is sent of a <see cref="ReleaseReply"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct ReleaseReplyWire
{
    [Id(0)]
    public ReleaseStatus Status;

    [Id(1)]
    public EndReason End;

    [Id(2)]
    public string? Detail;
}

[RegisterConverter]
internal sealed class ReleaseReplyConverter : IConverter<ReleaseReply, ReleaseReplyWire>
{
    public ReleaseReplyWire ConvertToSurrogate(in ReleaseReply value) => new() { Status = value.Status, End = value.End, Detail = value.Detail };

    public ReleaseReply ConvertFromSurrogate(in ReleaseReplyWire surrogate) => new() { Status = surrogate.Status, End = surrogate.End, Detail = surrogate.Detail };
}

/// <summary>What is sent of a <see cref="CancelReply"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct CancelReplyWire
{
    [Id(0)]
    public CancelStatus Status;

    [Id(1)]
    public string? Detail;
}

[RegisterConverter]
internal sealed class CancelReplyConverter : IConverter<CancelReply, CancelReplyWire>
{
    public CancelReplyWire ConvertToSurrogate(in CancelReply value) => new() { Status = value.Status, Detail = value.Detail };

    public CancelReply ConvertFromSurrogate(in CancelReplyWire surrogate) => new() { Status = surrogate.Status, Detail = surrogate.Detail };
}

/// <summary>What is sent of a <see cref="VerifyReply"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct VerifyReplyWire
{
    [Id(0)]
    public VerifyStatus Status;

    [Id(1)]
    public long LastFencingToken;

    [Id(2)]
    public string? Detail;
}

[RegisterConverter]
internal sealed class VerifyReplyConverter : IConverter<VerifyReply, VerifyReplyWire>
{
    public VerifyReplyWire ConvertToSurrogate(in VerifyReply value) => new() { Status = value.Status, LastFencingToken = value.LastFencingToken, Detail = value.Detail };

    public VerifyReply ConvertFromSurrogate(in VerifyReplyWire surrogate) => new() { Status = surrogate.Status, LastFencingToken = surrogate.LastFencingToken, Detail = surrogate.Detail };
}

/// <summary>What is sent of a <see cref="RevokeReply"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct RevokeReplyWire
{
    [Id(0)]
    public RevokeStatus Status;

    [Id(1)]
    public long FencingToken;

    [Id(2)]
    public string? Detail;

    [Id(3)]
    public int Count;
}

[RegisterConverter]
internal sealed class RevokeReplyConverter : IConverter<RevokeReply, RevokeReplyWire>
{
    public RevokeReplyWire ConvertToSurrogate(in RevokeReply value) => new() { Status = value.Status, FencingToken = value.FencingToken, Detail = value.Detail, Count = value.Count };

    public RevokeReply ConvertFromSurrogate(in RevokeReplyWire surrogate) => new()
    {
        Status = surrogate.Status,
        FencingToken = surrogate.FencingToken,
        Detail = surrogate.Detail,
        Count = surrogate.Count,
    };
}
