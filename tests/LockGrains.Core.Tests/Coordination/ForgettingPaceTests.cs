using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>Many keys of a host are due at once.</summary>
public sealed class ForgettingPaceTests
{
    private const int Keys = 3 * ForgettingPace.AtOnceMax;

    private readonly ManualTimeProvider _time = new();
    private readonly DeterministicScheduler _scheduler = new();
    private readonly List<InMemoryLockStore> _stores = [];

    [Fact]
    public void ManyKeysAreDueAtOnce_SoManyAreForgottenAtATime_AndAllInTheEnd()
    {
        UseAll();
        var gates = _stores.ConvertAll(store => store.Hold(StoreOperation.CompareAndDelete));
        Advance(SilentKeys.Silence);

        Assert.Equal(ForgettingPace.AtOnceMax, gates.Sum(gate => gate.Arrived));
        Advance(Sec(2));
        Assert.Equal(ForgettingPace.AtOnceMax, gates.Sum(gate => gate.Arrived));

        gates.ForEach(gate => gate.Open());
        for (var look = 0; look < 10; look++)
            Advance(Sec(0.1));
        Assert.All(_stores, store => Assert.Empty(store.Names));
    }

    [Fact]
    public void DeletionFails_ItsTurnIsOver()
    {
        UseAll();
        _stores.ForEach(store => store.FailNext(StoreFault.FailBefore, StoreOperation.CompareAndDelete));
        Advance(SilentKeys.Silence);
        for (var look = 0; look < 10; look++)
            Advance(Sec(0.1));

        Assert.All(_stores, store => Assert.Equal(1, store.Deletes(RecordName.Lock)));
    }

    private void UseAll()
    {
        var pace = new ForgettingPace(_time);
        for (var key = 0; key < Keys; key++)
        {
            _stores.Add(new InMemoryLockStore());
            var activation = new Activation(_scheduler, new SteppedTimeProvider(_time, _scheduler), _stores[key], SilentKeys.Policy, pace);
            activation.Acquire(A);
            activation.Release(A);
        }

        Advance(Sec(1));
    }

    private void Advance(TimeSpan by)
    {
        _scheduler.Run();
        _time.Advance(by);
        _scheduler.Run();
    }
}
