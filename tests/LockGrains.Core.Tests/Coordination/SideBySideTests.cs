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

    private sealed class Story
    {
        private const int Steps = 250;

        private readonly Random _random;
        private readonly double _faults;
        private readonly LockWorld _world;
        private readonly Activation[] _sides;
        private readonly ExclusionOracle _oracle = new();
        private readonly List<(LockCommand Command, Call Call, TimeSpan SentAt)> _open = [];
        private readonly List<StoreGate> _gates = [];
        private readonly List<InMemoryLockStore> _stores = [];
        private readonly List<CancellationTokenSource> _cancellations = [];
        private int _step;

        public Story(Random random, double faults)
        {
            (_random, _faults) = (random, faults);
            _world = new LockWorld(new LockPolicy
            {
                PresenceWindow = Sec(random.Pick(2, 20)),
                ReleaseWriteDelay = Ms(random.Pick(0, 20, 500)),
                QueueWriteDelay = Ms(random.Pick(0, 250, 2000)),
                ValidationAge = Sec(random.Pick(0, 2)),
                QueueLimit = random.Pick(2, 100),

                // Beyond it the wall clock bounds a lease, and a wall clock that jumps here would then end one that is in use: that is
                // the price of not keeping a dead holder for ever, and not what this is about.
                RestartsMax = 100,
            });
            _sides = [Activate(), Activate(), Activate()];
        }

        public void Play()
        {
            for (_step = 0; _step < Steps; _step++)
            {
                if (_random.Chance(_faults))
                    Disturb();
                Ask();
                if (_random.Chance(0.6))
                    _world.Advance(_random.Pick(Ms(1), Ms(20), Ms(300), Sec(1), Sec(5)));
                if (_random.Chance(0.3))
                    OpenGates();
                Listen();
                ReplaceTheDead();
            }

            OpenGates();
            _world.Advance(Sec(120));
            Listen();
            Assert.True(_open.Count == 0, $"These were never answered: {string.Join(", ", _open.Select(open => open.Command))}");
            AssertHealed();
        }

        private Activation Activate()
        {
            var side = _world.Activate();
            _stores.Add(side.Store);
            return side;
        }

        private void Ask()
        {
            var leaseId = Of((_step / 8) - _random.Next(5) + 10);
            LockCommand command = _random.Next(12) switch
            {
                <= 4 => new LockCommand.Acquire(
                    new LockRequest(leaseId, "", LockMode.Exclusive, Sec(_random.Pick(2, 20)), _random.Chance(0.5)),
                    _random.Pick(TimeSpan.Zero, Sec(3), Forever, Forever),
                    Beats: _random.Pick((TimeSpan?)null, Ms(600))),
                5 => new LockCommand.Renew(leaseId),
                6 or 7 => new LockCommand.Release(leaseId),
                8 => new LockCommand.Cancel(leaseId),
                9 or 10 => new LockCommand.Beat([leaseId, Of((_step / 8) - _random.Next(5) + 10)]),
                _ => new LockCommand.Verify(leaseId),
            };

            // Whoever asks to end its hold has stopped working before.
            if (command is LockCommand.Release or LockCommand.Cancel)
                _oracle.Stop(leaseId);
            var sentAt = _world.Elapsed;
            _open.Add((command, _random.Pick(_sides).Execute(command, MaybeCancelled()), sentAt));
            if (_random.Chance(0.2))
                _open.Add((command, _random.Pick(_sides).Execute(command), sentAt));
            Listen();
        }

        /// <summary>Now and then a caller that will go away, and one that goes away now.</summary>
        private CancellationToken MaybeCancelled()
        {
            if (_random.Chance(0.1) && _cancellations is [.., var leaving])
                _world.Cancel(leaving);
            if (_random.Chance(0.1))
                _cancellations.Add(new CancellationTokenSource());
            return _random.Chance(0.2) && _cancellations is [.., { IsCancellationRequested: false } staying] ? staying.Token : default;
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
                    _oracle.Told(lease, sentAt + call.Answer.ValidFor, _world.Elapsed);
            }

            _open.RemoveAll(open => open.Call.IsAnswered);
        }

        private void Disturb()
        {
            var store = _random.Pick(_sides).Store;
            switch (_random.Next(8))
            {
                case 0:
                    _gates.Add(store.Hold(StoreOperation.CompareAndSet, appliesFirst: _random.Chance(0.5)));
                    break;
                case 1:
                    _gates.Add(store.Hold(StoreOperation.Load, appliesFirst: _random.Chance(0.5)));
                    break;
                case 2:
                    _world.JumpWallClock(Sec(_random.Next(-3600, 3600)));
                    break;
                case 3:
                    _stores.ForEach(each => each.ApplyLate());
                    break;
                default:
                    store.FailNext(
                        _random.Pick(StoreFault.FailBefore, StoreFault.ApplyThenFail, StoreFault.FailThenApply, StoreFault.Conflict, StoreFault.Hang),
                        _random.Pick(StoreOperation.CompareAndSet, StoreOperation.CompareAndSet, StoreOperation.Load));
                    break;
            }
        }

        private void OpenGates()
        {
            _gates.ForEach(_world.Open);
            _gates.Clear();
        }

        private void ReplaceTheDead()
        {
            for (var side = 0; side < _sides.Length; side++)
            {
                if (!_sides[side].Coordinator.IsAlive)
                    _sides[side] = Activate();
                else if (_random.Chance(0.01))
                    _sides[side].Stop();
            }
        }

        private void AssertHealed()
        {
            for (var attempt = 0; attempt < 5; attempt++)
            {
                var last = _world.Activate();
                for (var second = 0; second < 80 && last.Coordinator.IsAlive; second++)
                {
                    if (last.Acquire(Of(1000 + attempt)).IsGranted)
                        return;
                    _world.Advance(Sec(1));
                }
            }

            Assert.Fail("Nobody can acquire the lock any more.");
        }
    }
}
