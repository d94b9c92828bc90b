using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>Several activations of one key, alive side by side for ever, on a store that fails in every way: never two are right.</summary>
public sealed class SideBySideTests
{
    [Fact]
    public void Activations_SideBySide_AreNeverBothRight() => RandomStory.Holds(80, random => new Story(random, faults: 0).Play());

    [Fact]
    public void Activations_SideBySideOnAFailingStore_AreNeverBothRight() => RandomStory.Holds(200, random => new Story(random, faults: 0.08).Play());

    private sealed class Story(Random random, double faults)
    {
        private const int Steps = 250;

        private readonly Sides _sides = new(random);
        private readonly ExclusionOracle _oracle = new();
        private readonly List<(LockCommand Command, Call Call, TimeSpan SentAt)> _open = [];
        private int _step;

        public void Play()
        {
            for (_step = 0; _step < Steps; _step++)
            {
                if (random.Chance(faults))
                    _sides.Disturb();
                Ask();
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

        private void Ask()
        {
            var leaseId = Of((_step / 8) - random.Next(5) + 10);
            LockCommand command = random.Next(12) switch
            {
                <= 4 => new LockCommand.Acquire(
                    new LockRequest(leaseId, "", LockMode.Exclusive, Sec(random.Pick(2, 20)), random.Chance(0.5)),
                    random.Pick(TimeSpan.Zero, Sec(3), Forever, Forever),
                    Beats: random.Pick((TimeSpan?)null, Ms(600))),
                5 => new LockCommand.Renew(leaseId),
                6 or 7 => new LockCommand.Release(leaseId),
                8 => new LockCommand.Cancel(leaseId),
                9 or 10 => new LockCommand.Beat([leaseId, Of((_step / 8) - random.Next(5) + 10)]),
                _ => new LockCommand.Verify(leaseId),
            };

            // Whoever asks to end its hold has stopped working before.
            if (command is LockCommand.Release or LockCommand.Cancel)
                _oracle.Stop(leaseId);
            var sentAt = _sides.World.Elapsed;
            _open.Add((command, _sides.Pick().Execute(command, _sides.MaybeCancelled()), sentAt));
            if (random.Chance(0.2))
                _open.Add((command, _sides.Pick().Execute(command), sentAt));
            Listen();
        }

        private void Listen()
        {
            foreach (var (_, call, sentAt) in _open.Where(open => open.Call.IsAnswered && !open.Call.IsCancelled).ToArray())
            {
                var lease = call.Reply switch
                {
                    LockReply.Granted granted => granted.Lease,
                    LockReply.Renewed renewed => renewed.Lease,
                    LockReply.Current current => current.Lease,
                    _ => null,
                };
                if (lease is not null)
                    _oracle.Told(lease, sentAt + call.Answer.ValidFor, _sides.World.Elapsed);
            }

            _open.RemoveAll(open => open.Call.IsAnswered);
        }
    }
}
