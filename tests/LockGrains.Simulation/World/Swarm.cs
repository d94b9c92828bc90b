namespace LockGrains.Simulation;

/// <summary>
/// Draws the options of a world. Every fault is off in about half of the worlds: what hides behind one fault shows where that one is
/// away (swarm testing, Groce and others 2012).
/// </summary>
internal static class Swarm
{
    public static WorldOptions Draw(ulong seed)
    {
        var random = Prng.For(seed, (ulong)Stream.Options << 32);
        var values = new int[WorldOptions.Count];
        foreach (var option in Enum.GetValues<Option>())
            values[(int)option] = Draw(option, random);
        Reconcile(values);
        return WorldOptions.From(seed, option => values[(int)option]);
    }

    private static int Draw(Option option, Prng random) => option switch
    {
        Option.Clients => Pick(random, 2, 2, 3, 4, 6, 8),
        Option.Handles => Pick(random, 1, 1, 2, 3),
        Option.Keys => Pick(random, 1, 1, 1, 2, 3),
        Option.Silos => Pick(random, 2, 2, 3),
        Option.FaultsMs => Pick(random, 15_000, 30_000, 60_000, 120_000),
        Option.Salt => 0,
        Option.FaultsMax => int.MaxValue,

        Option.LeaseMs => Pick(random, 1000, 2000, 4000, 8000, 15_000),
        Option.HoldMs => Pick(random, 2, 20, 100, 500, 2000),
        Option.ThinkMs => Pick(random, 2, 20, 100, 500, 2000),
        Option.TryPermille => Maybe(random, 100, 500),
        Option.FiniteWaitPermille => Maybe(random, 100, 400),
        Option.NoRenewalPermille => Maybe(random, 100, 400),
        Option.GiveUpPermille => Maybe(random, 50, 300),
        Option.LeakPermille => Maybe(random, 10, 50, 200),
        Option.VerifyPermille => Maybe(random, 50, 300),
        Option.LateWritePermille => Maybe(random, 20, 100),
        Option.ShortSlicePermille => Maybe(random, 100, 500),
        Option.BeatlessPermille => Maybe(random, 200, 1000),
        Option.AttemptTimeoutMs => Pick(random, 300, 1000, 5000),

        Option.FirstLeaseMs => Pick(random, 1000, 2000, 5000),
        Option.WindowMs => Pick(random, 1000, 3000, 10_000, 20_000),
        Option.ReleaseWriteMs => Pick(random, 0, 20, 20, 200),
        Option.QueueWriteMs => Pick(random, 0, 50, 250, 1000),
        Option.ValidationMs => Pick(random, 0, 500, 2000),
        Option.StoreTimeoutMs => Pick(random, 300, 1000, 5000),
        Option.QueueLimit => Pick(random, 2, 4, 1000, 1000),
        Option.FirstTicket => Pick(random, 0, 0, 240),

        Option.NetworkUs => Pick(random, 50, 500, 2000, 20_000),
        Option.SlowMessagePermille or Option.SlowStorePermille => Maybe(random, 2, 20, 100),
        Option.LostMessagePermille or Option.RepeatedMessagePermille => Maybe(random, 5, 50, 200),
        Option.LateRepeatPermille => Maybe(random, 5, 50),
        Option.StoreUs => Pick(random, 0, 50, 500, 2000, 20_000),
        Option.FailBeforePermille or Option.FailAfterPermille => Maybe(random, 1, 10, 50),
        Option.HangPermille or Option.LateWriteApplyPermille => Maybe(random, 1, 10, 30),

        Option.DriftPpm => Pick(random, 0, 200, 4500),
        Option.WallSkewMs => Maybe(random, 100, 2000),
        Option.MaxSkewMs => Pick(random, 200, 1000, 5000),
        Option.StaleRoutePermille => Maybe(random, 2, 20, 200),
        Option.NemesisMs => Pick(random, 1000, 3000, 8000),
        Option.ForgetMs => Pick(random, 0, 0, 0, 40_000, 60_000, 90_000),
        Option.VeryLateCreatePermille => Maybe(random, 50, 300),

        Option.KindsPermille => Pick(random, 0, 0, 0, 300, 700, 1000),
        Option.LimitMax => Pick(random, 2, 3, 6),
        Option.HoldersMax => Pick(random, 2, 4, 1000, 1000),
        Option.Upgradeables => Pick(random, 0, 1, 2, 5),
        Option.UpgradePermille => Pick(random, 0, 300, 900),
        Option.DowngradePermille => Pick(random, 0, 100, 400),
        Option.ForeignPermille => Maybe(random, 20, 100),
        Option.LockDelayMs => Pick(random, 0, 0, 0, 500, 4000),
        Option.ValuePermille => Pick(random, 0, 0, 100, 500),
        Option.SessionPermille => Pick(random, 0, 0, 0, 0, 300, 1000),
        Option.HoldLeaseMs => Pick(random, 10_000, 60_000, 120_000),
        _ => Maybe(random, 1, 2, 5),
    };

    /// <summary>Keeps what the documents ask of an operator: times that fit each other.</summary>
    private static void Reconcile(int[] values)
    {
        // Places outlast a lost reply: a call of two fifths of the window, the client's attempt time-out, and a retry.
        Raise(Option.WindowMs, (values[(int)Option.AttemptTimeoutMs] * 11 / 6) + 500);

        values[(int)Option.WallSkewMs] = Math.Min(values[(int)Option.WallSkewMs], values[(int)Option.MaxSkewMs] / 2);

        // Lost seconds are about tokens, which then lean on the wall clock: a world has the one or the other.
        if (values[(int)Option.LoseSeconds] + values[(int)Option.DeleteRecord] > 0)
            values[(int)Option.WallSkewMs] = values[(int)Option.JumpClock] = 0;

        if (values[(int)Option.ForgetMs] == 0)
        {
            values[(int)Option.VeryLateCreatePermille] = 0;
        }
        else
        {
            // Time for several lives of a key. A machine that sleeps has one clock that goes on, and that must not be set back meanwhile.
            Raise(Option.FaultsMs, values[(int)Option.ForgetMs] * 6);
            if (values[(int)Option.JumpClock] > 0)
                values[(int)Option.SuspendMachine] = 0;
        }

        // A world of mutexes has nothing else.
        if (values[(int)Option.KindsPermille] == 0)
            values[(int)Option.UpgradePermille] = values[(int)Option.DowngradePermille] = values[(int)Option.ForeignPermille] = 0;

        void Raise(Option option, int least) => values[(int)option] = Math.Max(values[(int)option], least);
    }

    private static int Pick(Prng random, params ReadOnlySpan<int> values) => values[random.Below(values.Length)];

    private static int Maybe(Prng random, params ReadOnlySpan<int> values) =>
        random.Chance(500) ? 0 : values[random.Below(values.Length)];
}
