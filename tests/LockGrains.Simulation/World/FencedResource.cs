namespace LockGrains.Simulation;

/// <summary>
/// What a key protects. It takes writes, and refuses one with a smaller token than it has seen of a writer. A reader only compares: it is refused when
/// somebody has written since. A permit that has a number is a part of it, whose holders also refuse those before them. It is all that a resource must do.
/// </summary>
internal sealed class FencedResource(World world, int key)
{
    private readonly Dictionary<int, long> _highestOf = [];
    private long _highest;

    public void Use(ShareFacts share)
    {
        var isWrite = share.Mode == HoldMode.Exclusive;
        var accepted = share.Token >= _highest && share.Numbers.All(number => share.Token >= _highestOf.GetValueOrDefault(number));
        if (!accepted || (isWrite && share.Token != _highest))
            world.Timeline?.Add("resource", $"{(accepted ? "takes its first" : "REFUSES a")} {(isWrite ? "write" : "read")} of {share}");
        world.Coverage.Add((isWrite, accepted) switch
        {
            (true, true) => Mark.WriteAccepted,
            (true, false) => Mark.StaleWriteFenced,
            (false, true) => Mark.ReadAccepted,
            (false, false) => Mark.StaleReadFenced,
        });
        world.Judge.OnUse(key, share, accepted);
        if (!accepted)
            return;
        if (isWrite)
            _highest = share.Token;
        foreach (var number in share.Numbers)
            _highestOf[number] = share.Token;
    }
}
