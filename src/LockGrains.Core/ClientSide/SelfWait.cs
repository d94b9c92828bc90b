namespace LockGrains.Core;

/// <summary>
/// Whether an owner would wait for itself. It holds something of a key and asks for more, and what it holds is in the way: it cannot give that back
/// while it waits. What others hold makes no difference, because they come to an end.
/// </summary>
internal static class SelfWait
{
    /// <summary>What of an owner's own holds keeps its request from being granted. None: at most it waits for others.</summary>
    /// <param name="own">The mode and the permits of each hold that it has of the key.</param>
    /// <param name="wanted">The mode that it asks for.</param>
    /// <param name="permits">How many permits it asks for.</param>
    /// <param name="limit">The limit that it states; null for none. That of the key only the silo knows.</param>
    public static WaitObstacle FindObstacle(ReadOnlySpan<(LockMode Mode, int Permits)> own, LockMode wanted, int permits, int? limit)
    {
        if (own.IsEmpty)
            return WaitObstacle.None;
        long taken = permits;
        foreach (var hold in own)
        {
            if (Between(hold.Mode, wanted) is not WaitObstacle.None and var obstacle)
                return obstacle;
            taken += hold.Permits;
        }

        return taken > limit ? WaitObstacle.Limit : WaitObstacle.None;
    }

    /// <summary>The same for the upgrade of one of its holds. Any other hold is in the way.</summary>
    /// <param name="others">How many holds of the key it has beside that one.</param>
    public static WaitObstacle FindObstacleOfUpgrade(int others) => others > 0 ? WaitObstacle.Holders : WaitObstacle.None;

    // What Admission says of one holder and a request.
    private static WaitObstacle Between(LockMode held, LockMode wanted) => (held, wanted) switch
    {
        (LockMode.Exclusive, _) or (_, LockMode.Exclusive) => WaitObstacle.Holders,
        (LockMode.Upgradeable, LockMode.Upgradeable) => WaitObstacle.Upgradeable,
        _ => WaitObstacle.None,
    };
}
