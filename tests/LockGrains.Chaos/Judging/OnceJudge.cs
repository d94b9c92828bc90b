using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>Judges work that runs once per edition: it does not begin any more once its outcome, or that of a later edition, is stored; and all are told one outcome.</summary>
internal sealed class OnceJudge(Calm calm, Action<string, string> fail)
{
    // So long after all is healed somebody may still be told what was lost.
    private const long Forgiven = 15_000_000_000;

    private readonly Dictionary<string, Work> _works = new(StringComparer.Ordinal);

    /// <summary>How many editions were told to be stored.</summary>
    public long Editions { get; private set; }

    /// <summary>Notes a line of such work.</summary>
    /// <returns>Whether it is one.</returns>
    public bool Hear(string source, HistoryLine line)
    {
        if (line.What is not (Happening.OnceBegan or Happening.OnceTold))
            return false;
        if (!_works.TryGetValue(line.Key!, out var work))
            _works.Add(line.Key!, work = new Work());
        if (work.LostUntil is not { } lost || calm.EndOf(lost) < line.At - Forgiven)
        {
            if (line.What == Happening.OnceBegan)
                CheckBegin(work, source, line);
            else
                CheckOutcome(work, source, line);
        }

        return true;
    }

    /// <summary>Records of keys were lost until a time.</summary>
    public void Forget(IEnumerable<string> keys, long until)
    {
        foreach (var key in keys.Where(_works.ContainsKey))
            _works[key] = new Work { LostUntil = until };
    }

    // One that was paused past its lease between its grant and its work does not believe to hold any more, and the resource refuses it.
    private void CheckBegin(Work work, string source, HistoryLine line)
    {
        if (line.Edition <= work.Stored && line.Until > line.At)
            fail("once per edition", Text($"{line.Key}: {source}/{line.Attempt} began edition {line.Edition} with token {line.Token}, after edition {work.Stored} was stored"));
    }

    private void CheckOutcome(Work work, string source, HistoryLine line)
    {
        var told = (line.Token, line.Detail);
        if (work.Outcomes.TryAdd(line.Edition, told))
            Editions++;
        else if (work.Outcomes[line.Edition] != told)
            fail("one outcome", Text($"{line.Key}: {source}/{line.Attempt} was told {told} of edition {line.Edition}, and another was told {work.Outcomes[line.Edition]}"));
        work.Stored = Math.Max(work.Stored, line.Edition);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class Work
    {
        /// <summary>The last edition that is known to be stored.</summary>
        public long Stored { get; set; } = long.MinValue;

        public Dictionary<long, (long Token, string? Outcome)> Outcomes { get; } = [];

        /// <summary>Until when its records were lost; null for never.</summary>
        public long? LostUntil { get; init; }
    }
}
