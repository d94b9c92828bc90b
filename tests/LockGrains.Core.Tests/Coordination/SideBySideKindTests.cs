using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>
/// Readers, writers and permits at several activations of one key, on a store that fails in every way. Each client counts its changes, and has them
/// copied, delayed and given up: what it was told is true until its lease ends or it gives it back.
/// </summary>
public sealed class SideBySideKindTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Clients_OfActivationsSideBySide_FitTogether(int limit) => RandomStory.Holds(80, random => new Story(random, limit, faults: 0).Play());

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Clients_OfActivationsOnAFailingStore_FitTogether(int limit) => RandomStory.Holds(200, random => new Story(random, limit, faults: 0.08).Play());

    private sealed class Story(Random random, int limit, double faults)
    {
        private const int Steps = 250;

        private readonly Sides _sides = new(random);
        private readonly SharingOracle _oracle = new(limit);
        private readonly Dictionary<int, SharingClient> _clients = [];
        private readonly List<(SharingClient Client, LockCommand Command, Call Call, TimeSpan SentAt)> _open = [];

        // Copies that are still on their way.
        private readonly List<(SharingClient Client, LockCommand Command, TimeSpan SentAt)> _late = [];

        public void Play()
        {
            for (var step = 0; step < Steps; step++)
            {
                if (random.Chance(faults))
                    _sides.Disturb();
                var client = Get((step / 20) - random.Next(4) + 10);
                Send(client, Draw(client));
                DeliverLateCopies();
                _sides.LetTimePass();
                Listen();
                _sides.ReplaceTheDead();
            }

            _sides.OpenGates();
            _sides.World.Advance(Sec(120));
            Listen();
            Assert.True(_open.Count == 0, $"These were never answered: {string.Join(", ", _open.Select(open => open.Command))}");
            _sides.AssertHealed();
        }

        private SharingClient Get(int number)
        {
            if (_clients.TryGetValue(number, out var known))
                return known;
            var mode = limit == 0
                ? random.Pick(LockMode.Exclusive, LockMode.Shared, LockMode.Shared, LockMode.Upgradeable, LockMode.Upgradeable)
                : random.Pick(LockMode.Exclusive, LockMode.Shared, LockMode.Shared, LockMode.Shared, LockMode.Shared);
            var isCounted = limit > 0 && mode == LockMode.Shared;
            var client = new SharingClient(new LockRequest(Of(number), "", mode, Sec(random.Pick(2, 20)), random.Chance(0.5))
            {
                Permits = isCounted ? random.Next(1, limit + 1) : 1,
                Limit = isCounted ? limit : 0,
            });
            _clients.Add(number, client);
            _oracle.Add(client);
            return client;
        }

        private LockCommand Draw(SharingClient client)
        {
            var leaseId = client.Request.LeaseId;
            var change = client.Works(_sides.World.Elapsed) && random.Chance(0.5) ? DrawChange(client) : null;
            if (change is not null)
                return change;
            switch (random.Next(12))
            {
                case <= 5:
                    return new LockCommand.Acquire(client.Request, random.Pick(TimeSpan.Zero, Sec(3), Forever, Forever), Beats: random.Pick((TimeSpan?)null, Ms(600)));
                case 6 or 7:
                    return new LockCommand.Renew(leaseId);
                case 8:
                    client.Stop();
                    return random.Pick<LockCommand>(new LockCommand.Release(leaseId), new LockCommand.Cancel(leaseId));
                case 9:
                    return new LockCommand.Beat([leaseId]);
                default:
                    return new LockCommand.Verify(leaseId);
            }
        }

        private LockCommand? DrawChange(SharingClient client) => (client.Mode, random.Next(4)) switch
        {
            (_, 0) => client.Repeat(),
            (LockMode.Upgradeable, 1 or 2) => client.Upgrade(random.Pick(TimeSpan.Zero, Sec(3), Sec(60))),
            (LockMode.Upgradeable, _) => random.Chance(0.5) ? client.CancelUpgrade() : client.Downgrade(LockMode.Shared, permits: 1),
            (LockMode.Exclusive, 1) => client.CancelUpgrade(),
            (LockMode.Exclusive, 2) => client.Downgrade(limit == 0 ? LockMode.Upgradeable : LockMode.Shared, permits: 1),
            (LockMode.Shared, 1) => client.Downgrade(LockMode.Shared, random.Next(1, client.Permits + 1)),
            _ => null,
        };

        private void Send(SharingClient client, LockCommand command)
        {
            var sentAt = _sides.World.Elapsed;
            _open.Add((client, command, _sides.Pick().Execute(command, _sides.MaybeCancelled()), sentAt));
            if (random.Chance(0.2))
                _open.Add((client, command, _sides.Pick().Execute(command), sentAt));
            if (random.Chance(0.3))
                _late.Add((client, command, sentAt));
            Listen();
        }

        private void DeliverLateCopies()
        {
            foreach (var copy in _late.Where(_ => random.Chance(0.1)).ToArray())
            {
                _late.Remove(copy);
                _open.Add((copy.Client, copy.Command, _sides.Pick().Execute(copy.Command), copy.SentAt));
                Listen();
            }
        }

        private void Listen()
        {
            var now = _sides.World.Elapsed;
            foreach (var (client, command, call, sentAt) in _open.Where(open => open.Call.IsAnswered && !open.Call.IsCancelled).ToArray())
            {
                var lease = call.Reply switch
                {
                    LockReply.Granted granted => granted.Lease,
                    LockReply.Renewed renewed => renewed.Lease,
                    LockReply.Current current => current.Lease,
                    _ => null,
                };
                if (lease is not null && client.Told(command, lease, sentAt + call.Answer.ValidFor, now))
                    _oracle.Began(client);
            }

            _open.RemoveAll(open => open.Call.IsAnswered);
            _oracle.Check(now);
        }
    }
}
