using System.Collections.Immutable;
using System.Globalization;

namespace LockGrains.Core;

/// <summary>Words for what somebody has of a lock, or asks of it.</summary>
internal static class HoldText
{
    /// <summary>A mode as programs are told of it.</summary>
    public static string NameOf(LockMode mode) => mode switch
    {
        LockMode.Exclusive => "exclusive",
        LockMode.Shared => "shared",
        LockMode.Upgradeable => "upgradeable",
        _ => "unknown",
    };

    /// <summary>What a holder has: "2 permits of 3, numbers 0-1".</summary>
    public static string Describe(HolderInfo holder) => holder.PermitNumbers.Length switch
    {
        0 => Describe(holder.Mode, holder.Permits, holder.Limit),
        1 => $"{Describe(holder.Mode, holder.Permits, holder.Limit)}, number {Runs(holder.PermitNumbers)}",
        _ => $"{Describe(holder.Mode, holder.Permits, holder.Limit)}, numbers {Runs(holder.PermitNumbers)}",
    };

    /// <summary>What a waiter asks: "2 permits of 3".</summary>
    public static string Describe(WaiterInfo waiter) => Describe(waiter.Mode, waiter.Permits, waiter.Limit);

    /// <summary>Whether it takes permits: several, or of a limit of its own, or of the key's, which gives numbers.</summary>
    public static bool HasPermits(HolderInfo holder) => holder.Permits > 1 || holder.Limit is not null || !holder.PermitNumbers.IsEmpty;

    /// <summary>The holders, counted by what they share the lock with: "2 readers and 1 upgradeable holder".</summary>
    public static string DescribeAll(LockInfo info)
    {
        if (info.HolderCount > info.Holders.Length)
            return Count(info.HolderCount, "holder");
        (int Count, string One, string Many)[] kinds =
        [
            (info.Holders.Count(static holder => holder.Mode == LockMode.Exclusive), "exclusive holder", "exclusive holders"),
            (info.Holders.Count(static holder => holder.Mode == LockMode.Upgradeable), "upgradeable holder", "upgradeable holders"),
            (info.Holders.Count(static holder => holder.Mode == LockMode.Shared && !HasPermits(holder)), "reader", "readers"),
            (info.Holders.Count(static holder => holder.Mode == LockMode.Shared && HasPermits(holder)), "holder of permits", "holders of permits"),
        ];
        string[] parts = [.. kinds.Where(static kind => kind.Count > 0).Select(static kind => Count(kind.Count, kind.One, kind.Many))];
        return parts.Length < 2 ? string.Concat(parts) : $"{string.Join(", ", parts[..^1])} and {parts[^1]}";
    }

    /// <summary>So many of them: "1 permit", "2 permits".</summary>
    public static string Count(long count, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many ?? $"{one}s")}");

    private static string Describe(LockMode mode, int permits, int? limit) => mode switch
    {
        LockMode.Shared when limit is not null => $"{Count(permits, "permit")} of {limit}",
        LockMode.Shared when permits > 1 => Count(permits, "permit"),
        _ => NameOf(mode),
    };

    // Thousands of numbers are a few runs.
    private static string Runs(ImmutableArray<int> numbers)
    {
        var runs = new List<(int First, int Last)>();
        foreach (var number in numbers)
        {
            if (runs.Count > 0 && runs[^1].Last == number - 1)
                runs[^1] = (runs[^1].First, number);
            else
                runs.Add((number, number));
        }

        return string.Join(", ", runs.Select(static run => run.First == run.Last ? $"{run.First}" : $"{run.First}-{run.Last}"));
    }
}
