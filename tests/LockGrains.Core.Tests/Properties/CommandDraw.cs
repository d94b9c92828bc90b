using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Properties;

/// <summary>What those who use a lock want of it.</summary>
public enum Kinds
{
    /// <summary>All of it.</summary>
    Mutex,

    /// <summary>To share it, some to upgrade, and some all of it.</summary>
    ReadersAndWriters,

    /// <summary>One or more of its permits, and some all of it.</summary>
    Permits,

    /// <summary>Any of these.</summary>
    All,
}

/// <summary>Random commands.</summary>
internal static class CommandDraw
{
    /// <summary>A command about one of the youngest attempts, so that each has a life of its own and most of them meet.</summary>
    public static LockCommand Draw(Random random, Kinds kinds, LockState state, int youngest, int count = int.MaxValue)
    {
        var number = Near(random, youngest, count);
        var leaseId = Of(number);
        return random.Next(CommandsOf(kinds)) switch
        {
            <= 4 => new LockCommand.Acquire(DrawRequest(random, kinds, number), random.Pick(TimeSpan.Zero, Ms(500), Sec(5), Forever, Forever), DrawSlice(random), DrawBeats(random))
            {
                NoNewPlace = random.Chance(0.1),
            },
            5 => new LockCommand.Renew(leaseId),
            6 or 7 => new LockCommand.Release(leaseId),
            8 => new LockCommand.Cancel(leaseId),
            9 => random.Pick<LockCommand>(new LockCommand.Verify(leaseId), LockCommand.Tick.Instance, new LockCommand.Revoke(FencingToken.None)),
            10 => new LockCommand.EndSlice(leaseId),
            11 => new LockCommand.Detach(leaseId),
            12 or 13 => new LockCommand.Beat([leaseId, Of(Near(random, youngest, count))]),
            <= 16 => new LockCommand.Upgrade(leaseId, DrawChange(random, state, leaseId), random.Pick(TimeSpan.Zero, Ms(500), Sec(5), Sec(90), Sec(90)), DrawSlice(random), DrawBeats(random)),
            17 => new LockCommand.CancelUpgrade(leaseId, DrawChange(random, state, leaseId)),
            18 or 19 => DrawDowngrade(random, state, leaseId),
            _ => DrawSetLimit(random, state),
        };
    }

    /// <summary>A mutex has nothing to change, and only those who count permits have a use for a limit.</summary>
    private static int CommandsOf(Kinds kinds) => kinds switch
    {
        Kinds.Mutex => 14,
        Kinds.ReadersAndWriters => 20,
        _ => 21,
    };

    private static int Near(Random random, int youngest, int count) => Math.Clamp(youngest - random.Next(6), 0, count - 1);

    /// <summary>A number about the last that its hold has come to, in a change that waits too: new, the same, or late. Or just any.</summary>
    private static int DrawChange(Random random, LockState state, LeaseId leaseId)
    {
        if (random.Chance(0.3))
            return random.Next(1, 5);
        var last = Math.Max(state.FindHolder(leaseId)?.Change ?? 0, state.FindWaiter(leaseId)?.Change ?? 0);
        return Math.Max(1, last + random.Next(-1, 3));
    }

    /// <summary>Of the version that there is, or now and then of the one before: a copy that comes late.</summary>
    private static LockCommand.SetLimit DrawSetLimit(Random random, LockState state) =>
        new(random.Pick(0, 2, 3, 5), (state.Data?.LimitVersion ?? 0) - (random.Chance(0.2) ? 1 : 0));

    private static TimeSpan? DrawSlice(Random random) => random.Pick((TimeSpan?)null, Ms(300), Sec(60));

    private static TimeSpan? DrawBeats(Random random) => random.Pick((TimeSpan?)null, null, Ms(500), Ms(600), Sec(30));

    private static LockCommand.Downgrade DrawDowngrade(Random random, LockState state, LeaseId leaseId) => new(
        leaseId,
        DrawChange(random, state, leaseId),
        random.Pick(LockMode.Shared, LockMode.Shared, LockMode.Upgradeable, LockMode.Exclusive),
        random.Pick(1, 1, 1, 2, 3));

    /// <summary>What an attempt asks for: the same each time, but for the rare one that has taken somebody else's id.</summary>
    private static LockRequest DrawRequest(Random random, Kinds kinds, int number)
    {
        var isForeign = kinds != Kinds.Mutex && random.Chance(0.03);
        var (mode, permits, limit) = ShapeOf(kinds, isForeign ? number + random.Next(1, 7) : number);
        var owner = isForeign && random.Chance(0.5) ? "somebody else" : "";
        return new LockRequest(Of(number), owner, mode, Sec(random.Pick(2, 30)), random.Chance(0.7))
        {
            Permits = permits,
            Limit = limit,
            Delay = number % 5 == 0 ? Sec(3) : TimeSpan.Zero,
        };
    }

    private static (LockMode Mode, int Permits, int Limit) ShapeOf(Kinds kinds, int number) => (kinds, number % 7) switch
    {
        (Kinds.Mutex, _) => (LockMode.Exclusive, 1, 0),
        (_, 3) => (LockMode.Exclusive, 1, 0),
        (Kinds.ReadersAndWriters or Kinds.All, 1 or 4) => (LockMode.Upgradeable, 1, 0),
        (Kinds.ReadersAndWriters, _) => (LockMode.Shared, 1, 0),
        (Kinds.Permits or Kinds.All, 0) => (LockMode.Shared, 2, 3),
        (Kinds.Permits or Kinds.All, 2) => (LockMode.Shared, 1, 3),
        (_, 5) => (LockMode.Shared, 3, 5),
        (Kinds.Permits, 1) => (LockMode.Shared, 1, 2),
        (Kinds.Permits, 4) => (LockMode.Shared, 4, 0),
        _ => (LockMode.Shared, 1, 0),
    };
}
