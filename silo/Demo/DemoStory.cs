using System.Globalization;

namespace LockGrains.Silo.Demo;

/// <summary>Tells what has happened to one lock, in one line for each event: who got it, who gave it back, and who lost it.</summary>
internal sealed class DemoStory(string key)
{
    private HashSet<(RecentEventKind, long)> _told = [];

    /// <summary>What has happened since the last state, the oldest first.</summary>
    public IReadOnlyList<string> Tell(LockInfo info)
    {
        // Nobody knows the state; what was told stays told.
        if (!info.Known)
            return [$"{key,-15} cannot be read just now"];

        var news = info.Recent.Where(one => !_told.Contains(NameOf(one))).Reverse().Select(one => Say(one, info)).OfType<string>().ToList();
        _told = [.. info.Recent.Select(NameOf)];
        return news;
    }

    private string? Say(RecentEvent one, LockInfo info) => one.What switch
    {
        RecentEventKind.Granted => $"{key,-15} {one.OwnerId,-5} holds it{Explain(info, one.FencingToken)}",
        RecentEventKind.HoldEnded => $"{key,-15} {one.OwnerId,-5} {Explain(one.Reason)}",
        _ => null,
    };

    private static string Explain(LockInfo info, long token)
    {
        var holder = info.Holders.FirstOrDefault(one => one.FencingToken == token);
        var how = holder switch
        {
            { Mode: LockMode.Shared, Limit: { } limit } => string.Create(CultureInfo.InvariantCulture, $" ({holder.Permits} of {limit} permits)"),
            { Mode: LockMode.Shared } => " (shared)",
            _ => "",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{how}, fencing token {token}; {Count(info.QueueLength)}");
    }

    private static string Count(int waiting) => waiting switch
    {
        0 => "nobody waits",
        1 => "1 waits",
        _ => string.Create(CultureInfo.InvariantCulture, $"{waiting} wait"),
    };

    private static string Explain(EndReason reason) => reason switch
    {
        EndReason.Released => "released it",
        EndReason.Expired => "LOST it: its lease ran out",
        EndReason.Revoked => "LOST it: somebody revoked it",
        _ => $"lost it ({reason})",
    };

    private static (RecentEventKind, long) NameOf(RecentEvent one) => (one.What, one.FencingToken);
}
