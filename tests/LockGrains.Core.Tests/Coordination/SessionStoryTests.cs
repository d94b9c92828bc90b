using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>
/// A lock and the session that it is held under, in silos that crash and are replaced at random. Whatever happens, the lock is handed on only when the
/// session is over in storage, for good.
/// </summary>
public sealed class SessionStoryTests : ISessionProbe
{
    private const int Steps = 60;

    private readonly ManualTimeProvider _manual = new();
    private readonly DeterministicScheduler _scheduler = new();
    private readonly SteppedTimeProvider _time;
    private readonly InMemoryLockStore _sessionRecords = new(new MemoryRecords());
    private readonly InMemoryLockStore _lockRecords = new(new MemoryRecords());
    private readonly List<Activation> _sessions = [];
    private readonly LockPolicy _policy = new() { PresenceWindow = Sec(20), ReleaseWriteDelay = Ms(500) };
    private Activation _lock;
    private Random _random = new(0);

    public SessionStoryTests()
    {
        _time = new SteppedTimeProvider(_manual, _scheduler);
        _lock = Activate();
    }

    private Activation Session => _sessions[^1];

    /// <summary>The call may reach an activation that was replaced and does not know it.</summary>
    public async Task<bool> HasEndedAsync(SessionRef session, TimeSpan wait, CancellationToken cancellationToken)
    {
        var reached = _random.Next(3) == 0 ? _sessions[_random.Next(_sessions.Count)] : Session;
        return await reached.Coordinator.AwaitEndAsync(session.Token, wait, cancellationToken) ?? throw new IOException("Nobody can say.");
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Lock_IsHandedOnOnlyWhenTheSessionIsOverInStorage(int seed)
    {
        _random = new Random(seed);
        _sessions.Add(ActivateSession());
        var token = Session.Acquire(C, renews: false, lease: Sec(10)).Lease.FencingToken;
        Assert.True(_lock.Under(A, new SessionRef("session", token)).IsGranted);
        var isHandedOn = false;
        for (var step = 0; step < Steps; step++)
        {
            Step();
            if (isHandedOn || Holds(_lockRecords, A))
                continue;
            isHandedOn = true;
            Assert.False(Holds(_sessionRecords, C), $"Step {step}: the lock was handed on while storage has the session.");
        }

        if (!isHandedOn)
            return;
        _sessions.Add(ActivateSession());
        Assert.IsType<LockReply.NotHeld>(Session.Renew(C).Reply);
    }

    private void Step()
    {
        switch (_random.Next(12))
        {
            case 0:
                // Its silo dies, perhaps in the middle of a write.
                Session.Store.Cut(afterOperations: _random.Next(3));
                break;
            case 1:
                _sessions.Add(ActivateSession());
                break;
            case 2:
                _lock.Kill();
                _lock = Activate();
                break;
            case 3 or 4:
                Session.Renew(C);
                break;
            case 5 when _random.Next(4) == 0:
                Session.Release(C);
                break;
            case 6:
                _lock.Try(Of(_random.Next(1_000)));
                break;
            case 7 or 8:
                _lock.Acquire(B, beats: Sec(6));
                break;
        }

        _scheduler.Run();
        _manual.Advance(Ms(_random.Next(2) == 0 ? _random.Next(600) : _random.Next(6_000)));
        _scheduler.Run();
        if (_random.Next(2) == 0)
            _lock.Beat(B);
    }

    private Activation Activate() => new(_scheduler, _time, _lockRecords.Connect(), _policy, sessions: this);

    private Activation ActivateSession() => new(_scheduler, _time, _sessionRecords.Connect(), _policy);

    private static bool Holds(InMemoryLockStore records, LeaseId leaseId) =>
        RecordCodec.DecodeLock(records.Peek(RecordName.Lock)).Holders.Any(lease => lease.LeaseId == leaseId);
}
