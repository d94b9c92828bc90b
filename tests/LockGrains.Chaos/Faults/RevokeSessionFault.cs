namespace LockGrains.Chaos;

internal sealed class RevokeSessionFault : Fault
{
    private const int Sessions = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    public override string Name => "revoke-session";

    public override string Describe => "Three sessions of processes of clients are revoked, one after the other. Somebody else wants what is held under them.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        context.Affect([]);
        var longest = TimeSpan.Zero;
        for (var number = 0; number < Sessions; number++)
        {
            var (key, session) = await PickAsync(context, cancellationToken);

            // Before it can have an effect: its client believes to hold until it is told.
            context.Cluster.History.Judge.Sessions.OnRevoking(session);
            await context.Cluster.Locks.RevokeSessionAsync(session, cancellationToken);
            var free = await WhenFreeAsync(context, key, session, cancellationToken);
            longest = free > longest ? free : longest;
        }

        context.Measure("longest until a lock was free, s", longest.TotalSeconds);
    }

    private static async Task<(string Key, string Session)> PickAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var (_, session) = await context.PickSessionAsync(cancellationToken);
        foreach (var key in LoadKeys.UnderSession)
        {
            if ((await context.Cluster.Locks.GetInfoAsync(key, cancellationToken)).Holders.Any(holder => holder.SessionId == session))
                return (key, session);
        }

        // It has released all meanwhile.
        return (LoadKeys.UnderSession[0], session);
    }

    private static async Task<TimeSpan> WhenFreeAsync(FaultContext context, string key, string session, CancellationToken cancellationToken)
    {
        var began = Clock.Now;
        while (true)
        {
            var info = await context.Cluster.Locks.GetInfoAsync(key, cancellationToken);
            var waited = TimeSpan.FromSeconds(Clock.Seconds(Clock.Now - began));
            if (info.Known && info.Holders.All(holder => holder.SessionId != session))
                return waited;
            if (waited > Patience && info.QueueLength > 0)
            {
                context.Cluster.History.Judge.Fail("free after its session", $"{key} is held under the session {session} {waited.TotalSeconds:0} s after that was revoked, and {info.QueueLength} wait");
                return waited;
            }

            await Clock.DelayAsync(Poll, cancellationToken);
        }
    }
}
