using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>Three activations of one key, alive side by side for ever, each with a store of its own that fails in every way.</summary>
internal sealed class Sides
{
    private readonly Random _random;
    private readonly Activation[] _sides;
    private readonly List<StoreGate> _gates = [];
    private readonly List<InMemoryLockStore> _stores = [];
    private readonly List<CancellationTokenSource> _cancellations = [];

    public Sides(Random random)
    {
        _random = random;
        World = new LockWorld(new LockPolicy
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

    public LockWorld World { get; }

    /// <summary>Any of them.</summary>
    public Activation Pick() => _random.Pick(_sides);

    /// <summary>Now and then a caller that will go away, and one that goes away now.</summary>
    public CancellationToken MaybeCancelled()
    {
        if (_random.Chance(0.1) && _cancellations is [.., var leaving])
            World.Cancel(leaving);
        if (_random.Chance(0.1))
            _cancellations.Add(new CancellationTokenSource());
        return _random.Chance(0.2) && _cancellations is [.., { IsCancellationRequested: false } staying] ? staying.Token : default;
    }

    public void Disturb()
    {
        var store = Pick().Store;
        switch (_random.Next(8))
        {
            case 0:
                _gates.Add(store.Hold(StoreOperation.CompareAndSet, appliesFirst: _random.Chance(0.5)));
                break;
            case 1:
                _gates.Add(store.Hold(StoreOperation.Load, appliesFirst: _random.Chance(0.5)));
                break;
            case 2:
                World.JumpWallClock(Sec(_random.Next(-3600, 3600)));
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

    public void LetTimePass()
    {
        if (_random.Chance(0.6))
            World.Advance(_random.Pick(Ms(1), Ms(20), Ms(300), Sec(1), Sec(5)));
        if (_random.Chance(0.3))
            OpenGates();
    }

    public void OpenGates()
    {
        _gates.ForEach(World.Open);
        _gates.Clear();
    }

    public void ReplaceTheDead()
    {
        for (var side = 0; side < _sides.Length; side++)
        {
            if (!_sides[side].Coordinator.IsAlive)
                _sides[side] = Activate();
            else if (_random.Chance(0.01))
                _sides[side].Stop();
        }
    }

    public void AssertHealed()
    {
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var last = World.Activate();
            for (var second = 0; second < 80 && last.Coordinator.IsAlive; second++)
            {
                if (last.Acquire(Of(1000 + attempt)).IsGranted)
                    return;
                World.Advance(Sec(1));
            }
        }

        Assert.Fail("Nobody can acquire the lock any more.");
    }

    private Activation Activate()
    {
        var side = World.Activate();
        _stores.Add(side.Store);
        return side;
    }
}
