using System.Collections.Immutable;

namespace LockGrains.Wire;

/// <summary>What is sent of a <see cref="LockValue"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct LockValueWire
{
    [Id(0)]
    public ImmutableArray<byte> Bytes;

    [Id(1)]
    public TimeSpan? KeepFor;
}

[RegisterConverter]
internal sealed class LockValueConverter : IConverter<LockValue, LockValueWire>
{
    public LockValueWire ConvertToSurrogate(in LockValue value) => new() { Bytes = value.Bytes, KeepFor = value.KeepFor };

    public LockValue ConvertFromSurrogate(in LockValueWire surrogate) => new() { Bytes = surrogate.Bytes, KeepFor = surrogate.KeepFor };
}

/// <summary>What is sent of a <see cref="SetValueRequest"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct SetValueRequestWire
{
    [Id(0)]
    public Guid LeaseId;

    [Id(1)]
    public LockValue Value;

    [Id(2)]
    public long IfVersion;
}

[RegisterConverter]
internal sealed class SetValueRequestConverter : IConverter<SetValueRequest, SetValueRequestWire>
{
    public SetValueRequestWire ConvertToSurrogate(in SetValueRequest value) => new() { LeaseId = value.LeaseId, Value = value.Value, IfVersion = value.IfVersion };

    public SetValueRequest ConvertFromSurrogate(in SetValueRequestWire surrogate) =>
        new() { LeaseId = surrogate.LeaseId, Value = surrogate.Value, IfVersion = surrogate.IfVersion };
}

/// <summary>What is sent of a <see cref="ValueReply"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct ValueReplyWire
{
    [Id(0)]
    public ValueStatus Status;

    [Id(1)]
    public LockValue? Value;

    [Id(2)]
    public long Version;

    [Id(3)]
    public EndReason End;

    [Id(4)]
    public string? Detail;
}

[RegisterConverter]
internal sealed class ValueReplyConverter : IConverter<ValueReply, ValueReplyWire>
{
    public ValueReplyWire ConvertToSurrogate(in ValueReply value) => new()
    {
        Status = value.Status,
        Value = value.Value,
        Version = value.Version,
        End = value.End,
        Detail = value.Detail,
    };

    public ValueReply ConvertFromSurrogate(in ValueReplyWire surrogate) => new()
    {
        Status = surrogate.Status,
        Value = surrogate.Value,
        Version = surrogate.Version,
        End = surrogate.End,
        Detail = surrogate.Detail,
    };
}

/// <summary>What is sent of a <see cref="LimitReply"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal record struct LimitReplyWire
{
    [Id(0)]
    public LimitStatus Status;

    [Id(1)]
    public int? Limit;

    [Id(2)]
    public long Version;

    [Id(3)]
    public string? Detail;
}

[RegisterConverter]
internal sealed class LimitReplyConverter : IConverter<LimitReply, LimitReplyWire>
{
    public LimitReplyWire ConvertToSurrogate(in LimitReply value) => new() { Status = value.Status, Limit = value.Limit, Version = value.Version, Detail = value.Detail };

    public LimitReply ConvertFromSurrogate(in LimitReplyWire surrogate) =>
        new() { Status = surrogate.Status, Limit = surrogate.Limit, Version = surrogate.Version, Detail = surrogate.Detail };
}
