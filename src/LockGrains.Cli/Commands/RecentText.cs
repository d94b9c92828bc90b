using System.Globalization;
using LockGrains.Core;

namespace LockGrains.Cli.Commands;

/// <summary>Words for what happened to a lock.</summary>
internal static class RecentText
{
    /// <summary>One line: "3s ago  granted to alice, token 7".</summary>
    public static string ToLine(RecentEvent recent)
    {
        var token = recent.FencingToken == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", token {recent.FencingToken}");
        return $"{Roughly(recent.Ago)} ago  {Describe(recent)}{token}";
    }

    /// <summary>A time for people: of a long one the small part is left out.</summary>
    public static string Roughly(TimeSpan time)
    {
        if (time < TimeSpan.FromSeconds(10))
            return DurationText.About(time);
        var grid = time >= TimeSpan.FromHours(2) ? TimeSpan.FromHours(1) : time >= TimeSpan.FromMinutes(2) ? TimeSpan.FromMinutes(1) : TimeSpan.FromSeconds(1);
        return DurationText.Format(Math.Round(time / grid) * grid);
    }

    /// <summary>A time that has passed, for people who ask since when: "34s", "2m 34s", "5h 12m", "3d 4h".</summary>
    public static string InTwoUnits(TimeSpan time) => time switch
    {
        { TotalMinutes: < 1 } => $"{time.Seconds}s",
        { TotalHours: < 1 } => $"{time.Minutes}m {time.Seconds}s",
        { TotalDays: < 1 } => $"{time.Hours}h {time.Minutes}m",
        _ => $"{time.Days}d {time.Hours}h",
    };

    private static string Describe(RecentEvent recent)
    {
        var owner = StatusText.Label(recent.OwnerId);
        return recent.What switch
        {
            RecentEventKind.Granted => $"granted to {owner}",
            RecentEventKind.Upgraded => $"{owner} became exclusive",
            RecentEventKind.Downgraded => $"{owner} gave a part back",
            RecentEventKind.HoldEnded => recent.Reason switch
            {
                EndReason.Expired => $"the lease of {owner} expired",
                EndReason.Revoked => $"revoked from {owner}",
                EndReason.SessionEnded => $"the session of {owner} ended",
                _ => $"released by {owner}",
            },
            RecentEventKind.UpgradeEnded => $"{owner} did not become exclusive ({DescribeEnd(recent.Reason)})",
            _ => $"{owner} left the queue ({DescribeEnd(recent.Reason)})",
        };
    }

    private static string DescribeEnd(EndReason reason) => reason switch
    {
        EndReason.TimedOut => "its wait was over",
        EndReason.Dropped => "no sign of life",
        EndReason.Refused => "it asked for more than the limit",
        EndReason.Cancelled => "it gave up",
        EndReason.SessionEnded => "its session ended",
        _ => "its hold ended",
    };
}
