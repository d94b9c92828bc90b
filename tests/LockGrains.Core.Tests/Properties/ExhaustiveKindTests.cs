using System.Collections.Immutable;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Properties;

/// <summary>
/// Every interleaving of a few clients that share a lock, to a depth. What a client wants is chosen when it first comes, and then it does
/// everything that it can, in any order: that covers late copies of its changes too.
/// </summary>
public sealed class ExhaustiveKindTests
{
    private static readonly Func<LeaseId, LockRequest> Writer = leaseId => new LockRequest(leaseId, "", LockMode.Exclusive, Sec(30), Renews: true);
    private static readonly Func<LeaseId, LockRequest> Reader = leaseId => new LockRequest(leaseId, "", LockMode.Shared, Sec(30), Renews: true);
    private static readonly Func<LeaseId, LockRequest> ReaderThatMayWrite = leaseId => new LockRequest(leaseId, "", LockMode.Upgradeable, Sec(30), Renews: true);

    [Theory]
    [InlineData(true, 3, 5, 200_000)]
    [InlineData(false, 2, 6, 400_000)]
    public void AllInterleavings_OfReadersWritersAndUpgrades_DoWhatTheReferenceDoes(bool withWriters, int clients, int depth, int atLeast)
    {
        Func<LockRequest, LockCommand>[] actions =
        [
            request => new LockCommand.Acquire(request, Forever),
            request => new LockCommand.Upgrade(request.LeaseId, 1, Sec(90)),
            request => new LockCommand.Upgrade(request.LeaseId, 3, TimeSpan.Zero),
            request => new LockCommand.CancelUpgrade(request.LeaseId, 1),
            request => new LockCommand.CancelUpgrade(request.LeaseId, 3),
            request => new LockCommand.Downgrade(request.LeaseId, 2, LockMode.Upgradeable),
            request => new LockCommand.Downgrade(request.LeaseId, 4, LockMode.Shared),
            request => new LockCommand.Release(request.LeaseId),
        ];
        Func<LeaseId, LockRequest>[] wishes = withWriters ? [Writer, Reader, ReaderThatMayWrite] : [Reader, ReaderThatMayWrite];
        var scope = new Scope(wishes, actions, [Sec(5)], clients);

        var visited = scope.Explore(new TwinLocks(new LockPolicy()), [], depth);

        Assert.InRange(visited, atLeast, 4_000_000);
    }

    [Fact]
    public void AllInterleavings_OfOneThatMayWriteAndAReader_DoWhatTheReferenceDoes()
    {
        Func<LockRequest, LockCommand>[] actions =
        [
            request => new LockCommand.Acquire(request, Forever),
            request => new LockCommand.Upgrade(request.LeaseId, 1, Sec(90)),
            request => new LockCommand.Upgrade(request.LeaseId, 2, Sec(3)),
            request => new LockCommand.EndSlice(request.LeaseId),
            request => new LockCommand.Detach(request.LeaseId),
            request => new LockCommand.Release(request.LeaseId),
        ];
        var scope = new Scope([Reader, ReaderThatMayWrite], actions, [Sec(4), Sec(6)], Clients: 2);

        var visited = scope.Explore(new TwinLocks(new LockPolicy { PresenceWindow = Sec(10), FirstLease = Sec(20) }), [], depth: 6);

        Assert.InRange(visited, 300_000, 4_000_000);
    }

    [Fact]
    public void AllInterleavings_OfPermits_DoWhatTheReferenceDoes()
    {
        Func<LeaseId, LockRequest>[] wishes =
        [
            Writer,
            leaseId => Reader(leaseId) with { Limit = 2 },
            leaseId => Reader(leaseId) with { Permits = 2, Limit = 3 },
            leaseId => Reader(leaseId) with { Permits = 3, Limit = 3 },
        ];
        Func<LockRequest, LockCommand>[] actions =
        [
            request => new LockCommand.Acquire(request, Forever),
            request => new LockCommand.Downgrade(request.LeaseId, 1, LockMode.Shared),
            request => new LockCommand.Downgrade(request.LeaseId, 2, LockMode.Shared, 2),
            request => new LockCommand.Cancel(request.LeaseId),
        ];
        var scope = new Scope(wishes, actions, [Sec(5)], Clients: 4);

        var visited = scope.Explore(new TwinLocks(new LockPolicy()), [], depth: 5);

        Assert.InRange(visited, 100_000, 4_000_000);
    }

    /// <summary>Clients are alike until they are used, so a new one is always the next in number: that leaves out nothing but renamings.</summary>
    private sealed record Scope(Func<LeaseId, LockRequest>[] Wishes, Func<LockRequest, LockCommand>[] Actions, TimeSpan[] Waits, int Clients)
    {
        public int Explore(TwinLocks twins, ImmutableArray<LockRequest> known, int depth)
        {
            if (depth == 0)
                return 1;
            var visited = 1;
            foreach (var request in known)
            {
                foreach (var action in Actions)
                    visited += After(twins, action(request), known, depth);
            }

            if (known.Length < Clients)
            {
                foreach (var wish in Wishes)
                {
                    var request = wish(Of(known.Length));
                    visited += After(twins, new LockCommand.Acquire(request, Forever), known.Add(request), depth);
                }
            }

            visited += After(twins, new LockCommand.Revoke(FencingToken.None), known, depth);
            foreach (var wait in Waits)
                visited += After(twins, LockCommand.Tick.Instance, known, depth, wait);
            return visited;
        }

        private int After(TwinLocks twins, LockCommand command, ImmutableArray<LockRequest> known, int depth, TimeSpan wait = default)
        {
            var next = twins.Copy();
            next.Wait(wait);
            next.Do(command);
            return Explore(next, known, depth - 1);
        }
    }
}
