namespace LockGrains.Benchmarks;

/// <summary>What one crash came to.</summary>
/// <param name="Seconds">From the kill to the grant of the one behind the crowd, whose turn comes after the one in front of it.</param>
/// <param name="LoneSeconds">The same for a lock of the same silo with those two waiters and no crowd.</param>
/// <param name="Told">How many of the crowd had been told before the kill that their wait is over.</param>
/// <param name="NotTold">How many had not: their messages or answers were on their way.</param>
internal sealed record CrashRound(double Seconds, double LoneSeconds, int Told, int NotTold)
{
    private static readonly TimeSpan FillPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan GrantPatience = TimeSpan.FromSeconds(90);

    // Past the delay after which the queue is written.
    private static readonly TimeSpan WriteQueue = TimeSpan.FromSeconds(1);

    /// <summary>Kills a silo just after a crowd gave up waiting for one of its locks, whose holder lets go as the silo dies.</summary>
    public static async Task<CrashRound> RunAsync(ClusterPlan plan, SiloProcess victim, ILockClient locks, CrashOptions options, int number)
    {
        var (key, loneKey) = ($"crash/{number}/crowd", $"crash/{number}/lone");
        await Placement.PlaceAsync(plan, victim, [key, loneKey]);
        await using var crowd = await CrowdOfQuitters.StartAsync(locks, key, options.Waiters, FillPatience);
        await using var lone = await CrowdOfQuitters.StartAsync(locks, loneKey, quitters: 0, FillPatience);
        await Clock.DelayAsync(WriteQueue);
        await crowd.GiveUpAsync(options.Within, seed: number);
        var told = crowd.Told;
        var killedAt = Clock.Now;
        victim.Kill();
        crowd.LetGo();
        lone.LetGo();
        var loneGrant = lone.SecondsToGrantAsync(killedAt, GrantPatience);
        return new CrashRound(await crowd.SecondsToGrantAsync(killedAt, GrantPatience), await loneGrant, told, options.Waiters - told);
    }
}
