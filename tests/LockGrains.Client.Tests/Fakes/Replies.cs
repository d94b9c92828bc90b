namespace LockGrains.Client.Tests.Fakes;

/// <summary>What a silo says, in short.</summary>
internal static class Replies
{
    public const long Token = 4711;

    public static ReleaseReply Released { get; } = new() { Status = ReleaseStatus.Released };

    public static AcquireReply Unknown { get; } = new() { Status = AcquireStatus.Unknown, Detail = "storage is away" };

    public static AcquireReply Granted(double validForSeconds = 30) => new()
    {
        Status = AcquireStatus.Granted,
        FencingToken = Token,
        ValidFor = TimeSpan.FromSeconds(validForSeconds),
        Lease = TimeSpan.FromSeconds(30),
    };

    public static AcquireReply Queued(int place, int length = 9) => new() { Status = AcquireStatus.Queued, Place = place, QueueLength = length };

    public static BeatReply Waits(int place, int length = 9) => new() { Status = BeatStatus.Waits, Place = place, QueueLength = length };

    public static BeatReply Beaten(BeatStatus status) => new() { Status = status };

    public static AcquireReply Denied(DenyReason reason, string? detail = null, int length = 0) =>
        new() { Status = AcquireStatus.Denied, Reason = reason, Detail = detail, QueueLength = length };

    public static RenewReply Renewed(double validForSeconds = 30) =>
        new() { Status = RenewStatus.Renewed, ValidFor = TimeSpan.FromSeconds(validForSeconds) };

    public static RenewReply NotHeld(EndReason end) => new() { Status = RenewStatus.NotHeld, End = end };

    public static CancelReply Cancelled(CancelStatus status = CancelStatus.Cancelled) => new() { Status = status };

    public static AcquireReply Upgraded(long token = Token + 10) => Granted() with { FencingToken = token };

    public static ChangeReply Changed(LockMode mode, int permits = 1) =>
        new() { Status = ChangeStatus.Changed, Mode = mode, Permits = permits, FencingToken = Token };

    public static ValueReply Value(string? text, long version, ValueStatus status = ValueStatus.Current) =>
        new() { Status = status, Value = text is null ? null : LockValue.OfText(text), Version = version };

    public static LimitReply Limit(int? limit, long version, LimitStatus status = LimitStatus.Current) => new() { Status = status, Limit = limit, Version = version };

    public static VerifyReply Verified(VerifyStatus status) => new() { Status = status };

    public static RevokeReply Revoked(RevokeStatus status) => new() { Status = status };
}
