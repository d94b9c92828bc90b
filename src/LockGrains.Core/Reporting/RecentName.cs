namespace LockGrains.Core;

/// <summary>The names by which programs are told what happened to a lock.</summary>
internal static class RecentName
{
    /// <summary>What happened, as programs are told of it.</summary>
    public static string Of(RecentEventKind what) => what switch
    {
        RecentEventKind.Granted => "granted",
        RecentEventKind.Upgraded => "upgraded",
        RecentEventKind.Downgraded => "downgraded",
        RecentEventKind.HoldEnded => "holdEnded",
        RecentEventKind.WaitEnded => "waitEnded",
        RecentEventKind.UpgradeEnded => "upgradeEnded",
        _ => "unknown",
    };

    /// <summary>Why something ended, as programs are told of it; null where nothing did.</summary>
    public static string? Of(EndReason reason) => reason switch
    {
        EndReason.None => null,
        EndReason.Released => "released",
        EndReason.Expired => "expired",
        EndReason.Revoked => "revoked",
        EndReason.Cancelled => "cancelled",
        EndReason.TimedOut => "timedOut",
        EndReason.Dropped => "dropped",
        EndReason.Refused => "refused",
        EndReason.SessionEnded => "sessionEnded",
        _ => "unknown",
    };
}
