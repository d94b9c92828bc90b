using Orleans.Serialization.Serializers;

namespace LockGrains.Wire;

[GenerateSerializer]
internal struct LockDeadlockMembers
{
    [Id(0)]
    public string Key;

    [Id(1)]
    public string SessionId;

    [Id(2)]
    public LockMode Held;

    [Id(3)]
    public LockMode Wanted;
}

[RegisterSerializer]
internal sealed class LockDeadlockExceptionCodec(IBaseCodec<Exception> exceptions, IValueSerializer<LockDeadlockMembers> members)
    : LockExceptionCodec<LockDeadlockException, LockDeadlockMembers>(exceptions, members)
{
    protected override LockDeadlockMembers Read(LockDeadlockException exception) =>
        new() { Key = exception.Key, SessionId = exception.SessionId, Held = exception.Held, Wanted = exception.Wanted };

    protected override void Write(LockDeadlockMembers members, LockDeadlockException exception) =>
        (exception.Key, exception.SessionId, exception.Held, exception.Wanted) = (members.Key, members.SessionId, members.Held, members.Wanted);
}

[GenerateSerializer]
internal struct LockLostMembers
{
    [Id(0)]
    public string Key;

    [Id(1)]
    public long FencingToken;

    [Id(2)]
    public EndReason End;
}

[RegisterSerializer]
internal sealed class LockLostExceptionCodec(IBaseCodec<Exception> exceptions, IValueSerializer<LockLostMembers> members)
    : LockExceptionCodec<LockLostException, LockLostMembers>(exceptions, members)
{
    protected override LockLostMembers Read(LockLostException exception) =>
        new() { Key = exception.Key, FencingToken = exception.FencingToken, End = exception.End };

    protected override void Write(LockLostMembers members, LockLostException exception) =>
        (exception.Key, exception.FencingToken, exception.End) = (members.Key, members.FencingToken, members.End);
}

[GenerateSerializer]
internal struct LockQueueFullMembers
{
    [Id(0)]
    public string Key;

    [Id(1)]
    public int QueueLength;
}

[RegisterSerializer]
internal sealed class LockQueueFullExceptionCodec(IBaseCodec<Exception> exceptions, IValueSerializer<LockQueueFullMembers> members)
    : LockExceptionCodec<LockQueueFullException, LockQueueFullMembers>(exceptions, members)
{
    protected override LockQueueFullMembers Read(LockQueueFullException exception) => new() { Key = exception.Key, QueueLength = exception.QueueLength };

    protected override void Write(LockQueueFullMembers members, LockQueueFullException exception) =>
        (exception.Key, exception.QueueLength) = (members.Key, members.QueueLength);
}

[GenerateSerializer]
internal struct LockSessionLostMembers
{
    [Id(0)]
    public string SessionId;

    [Id(1)]
    public EndReason End;
}

[RegisterSerializer]
internal sealed class LockSessionLostExceptionCodec(IBaseCodec<Exception> exceptions, IValueSerializer<LockSessionLostMembers> members)
    : LockExceptionCodec<LockSessionLostException, LockSessionLostMembers>(exceptions, members)
{
    protected override LockSessionLostMembers Read(LockSessionLostException exception) => new() { SessionId = exception.SessionId, End = exception.End };

    protected override void Write(LockSessionLostMembers members, LockSessionLostException exception) =>
        (exception.SessionId, exception.End) = (members.SessionId, members.End);
}

[GenerateSerializer]
internal struct LockTimeoutMembers
{
    [Id(0)]
    public string Key;

    [Id(1)]
    public TimeSpan Waited;

    [Id(2)]
    public int Place;
}

[RegisterSerializer]
internal sealed class LockTimeoutExceptionCodec(IBaseCodec<Exception> exceptions, IValueSerializer<LockTimeoutMembers> members)
    : LockExceptionCodec<LockTimeoutException, LockTimeoutMembers>(exceptions, members)
{
    protected override LockTimeoutMembers Read(LockTimeoutException exception) =>
        new() { Key = exception.Key, Waited = exception.Waited, Place = exception.Place };

    protected override void Write(LockTimeoutMembers members, LockTimeoutException exception) =>
        (exception.Key, exception.Waited, exception.Place) = (members.Key, members.Waited, members.Place);
}

[GenerateSerializer]
internal struct LockUnavailableMembers
{
    [Id(0)]
    public string Key;

    [Id(1)]
    public bool MayHaveTakenEffect;
}

[RegisterSerializer]
internal sealed class LockUnavailableExceptionCodec(IBaseCodec<Exception> exceptions, IValueSerializer<LockUnavailableMembers> members)
    : LockExceptionCodec<LockUnavailableException, LockUnavailableMembers>(exceptions, members)
{
    protected override LockUnavailableMembers Read(LockUnavailableException exception) =>
        new() { Key = exception.Key, MayHaveTakenEffect = exception.MayHaveTakenEffect };

    protected override void Write(LockUnavailableMembers members, LockUnavailableException exception) =>
        (exception.Key, exception.MayHaveTakenEffect) = (members.Key, members.MayHaveTakenEffect);
}

[GenerateSerializer]
internal struct RunOnceUnstoredMembers
{
    [Id(0)]
    public string Key;

    [Id(1)]
    public string Edition;

    [Id(2)]
    public string Outcome;

    [Id(3)]
    public long FencingToken;

    [Id(4)]
    public bool MayBeStored;
}

[RegisterSerializer]
internal sealed class RunOnceUnstoredExceptionCodec(IBaseCodec<Exception> exceptions, IValueSerializer<RunOnceUnstoredMembers> members)
    : LockExceptionCodec<RunOnceUnstoredException, RunOnceUnstoredMembers>(exceptions, members)
{
    protected override RunOnceUnstoredMembers Read(RunOnceUnstoredException exception) => new()
    {
        Key = exception.Key,
        Edition = exception.Edition,
        Outcome = exception.Outcome,
        FencingToken = exception.FencingToken,
        MayBeStored = exception.MayBeStored,
    };

    protected override void Write(RunOnceUnstoredMembers members, RunOnceUnstoredException exception)
    {
        (exception.Key, exception.Edition, exception.Outcome) = (members.Key, members.Edition, members.Outcome);
        (exception.FencingToken, exception.MayBeStored) = (members.FencingToken, members.MayBeStored);
    }
}
