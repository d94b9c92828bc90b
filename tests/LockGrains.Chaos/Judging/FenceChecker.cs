using System.Globalization;
using LockGrains.Simulation;

namespace LockGrains.Chaos;

/// <summary>Judges what the resource took and refused under one name: writers go forward, readers only compare. Writes are the simulator's checker's.</summary>
internal sealed class FenceChecker(Evidence evidence, TokenChecker tokens)
{
    /// <summary>The largest token that wrote, and its owner; 0 for none.</summary>
    public (long Token, string Owner) Highest { get; private set; }

    /// <summary>Notes a decision.</summary>
    /// <returns>What was wrong with it, or with an earlier one; null when nothing was.</returns>
    public string? OnDecided(HistoryLine line)
    {
        var (highest, owner) = Highest;
        var isRead = line.Share.Mode == LockMode.Shared;
        if (!isRead)
        {
            tokens.OnWrite(0, Guid.Empty, line.Token, line.IsYes);
            if (line.IsYes && line.Token >= highest)
                Highest = (line.Token, line.Detail!);
        }

        return evidence.Violation is { } violation ? violation.What
            : isRead && line.IsYes && line.Token < highest ? Text($"a read of {line.Detail} with token {line.Token} was accepted after the write of {owner} with {highest}")
            : !line.IsYes && line.Token >= highest ? Text($"{line.Detail} was refused with token {line.Token}, and no larger one than {highest} had written")
            : null;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
