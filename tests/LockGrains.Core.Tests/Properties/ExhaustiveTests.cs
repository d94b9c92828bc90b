using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Properties;

/// <summary>Every interleaving of a few clients, to a depth: what is wrong in the small is found here, without luck.</summary>
public sealed class ExhaustiveTests
{
    [Theory]
    [InlineData(2, 6)]
    [InlineData(3, 5)]
    public void AllInterleavings_OfAFewClients_DoWhatTheReferenceDoes(int clients, int depth)
    {
        Func<LeaseId, LockCommand>[] actions =
        [
            leaseId => new LockCommand.Acquire(new LockRequest(leaseId, "", LockMode.Exclusive, Sec(30), true), Forever),
            leaseId => new LockCommand.Cancel(leaseId),
            leaseId => new LockCommand.Release(leaseId),
            leaseId => new LockCommand.Renew(leaseId),
        ];

        var visited = Explore(new TwinLocks(new LockPolicy()), actions, waits: [Sec(5)], clients, depth, known: 0);

        Assert.InRange(visited, 50_000, 1_000_000);
    }

    [Fact]
    public void AllInterleavings_OfWaitersThatComeAndGo_DoWhatTheReferenceDoes()
    {
        Func<LeaseId, LockCommand>[] actions =
        [
            leaseId => new LockCommand.Acquire(new LockRequest(leaseId, "", LockMode.Exclusive, Sec(3), true), Forever),
            leaseId => new LockCommand.Acquire(new LockRequest(leaseId, "", LockMode.Exclusive, Sec(3), true), TimeSpan.Zero),
            leaseId => new LockCommand.EndSlice(leaseId),
            leaseId => new LockCommand.Release(leaseId),
        ];

        var visited = Explore(new TwinLocks(new LockPolicy { QueueLimit = 1, PresenceWindow = Sec(10) }), actions, waits: [Sec(4), Sec(6)], clients: 3, depth: 5, known: 0);

        Assert.InRange(visited, 40_000, 4_000_000);
    }

    [Fact]
    public void AllInterleavings_OfWaitersWithHeartbeats_DoWhatTheReferenceDoes()
    {
        Func<LeaseId, LockCommand>[] actions =
        [
            leaseId => new LockCommand.Acquire(new LockRequest(leaseId, "", LockMode.Exclusive, Sec(5), true), Forever, Beats: Sec(3)),
            leaseId => new LockCommand.Beat([leaseId]),
            leaseId => new LockCommand.EndSlice(leaseId),
            leaseId => new LockCommand.Release(leaseId),
        ];

        var visited = Explore(new TwinLocks(new LockPolicy { PresenceWindow = Sec(10) }), actions, waits: [Sec(4), Sec(6)], clients: 2, depth: 6, known: 0);

        Assert.InRange(visited, 400_000, 4_000_000);
    }

    /// <summary>Clients are alike until they are used, so a new one is always the next in number: that leaves out nothing but renamings.</summary>
    private static int Explore(TwinLocks twins, Func<LeaseId, LockCommand>[] actions, TimeSpan[] waits, int clients, int depth, int known)
    {
        if (depth == 0)
            return 1;
        var visited = 1;
        for (var client = 0; client < Math.Min(known + 1, clients); client++)
        {
            foreach (var action in actions)
            {
                var next = twins.Copy();
                next.Do(action(Of(client)));
                visited += Explore(next, actions, waits, clients, depth - 1, Math.Max(known, client + 1));
            }
        }

        foreach (var wait in waits)
        {
            var next = twins.Copy();
            next.Wait(wait);
            next.Do(LockCommand.Tick.Instance);
            visited += Explore(next, actions, waits, clients, depth - 1, known);
        }

        return visited;
    }
}
