using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>The faults of a run, one after the other: inject, heal, restore, wait until all is well, judge.</summary>
internal sealed class ChaosRun(ChaosCluster cluster, TextWriter output)
{
    private const int CalmEvery = 20;

    // A lock of a dead session may wait for a lost reply of the session, and for dead waiters.
    private static readonly TimeSpan RecurringBound = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan WarmUpPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan HealPatience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Calm = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ZombiePatience = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan KillPatience = TimeSpan.FromSeconds(20);

    private readonly List<FaultOutcome> _outcomes = [];
    private readonly List<(string Name, string Why)> _leftOut = [];
    private long _startedAt;
    private bool _isCutShort;

    public IReadOnlyList<FaultOutcome> Outcomes => _outcomes;

    /// <summary>The kinds that this machine cannot do.</summary>
    public IReadOnlyList<(string Name, string Why)> LeftOut => _leftOut;

    public History History => cluster.History;

    /// <summary>Whether it came to its end, and nearly each fault could be injected and healed as it was meant.</summary>
    public bool IsWhole =>
        !_isCutShort && _outcomes.Count > 0 && _outcomes.Count(outcome => outcome.Problem is not null) * 20 <= _outcomes.Count && IdleLoads.Count == 0;

    /// <summary>The parts of the load of which nothing was judged: their rules say nothing of this run.</summary>
    public IReadOnlyList<string> IdleLoads
    {
        get
        {
            var judge = History.Judge;
            var hasWatched = cluster.Options.Calm <= TimeSpan.FromSeconds(Clock.Seconds(WatchJudge.Bound)) || judge.Watches.Looks > 0;
            (string Name, bool IsIdle)[] parts =
            [
                ("HTTP", cluster.Options.HasHttp && judge.HttpGrants == 0),
                ("sessions", judge.Sessions.Opened == 0),
                ("watchers", judge.Watches.States == 0 || !hasWatched),
                ("run-once work", judge.Once.Editions == 0),
            ];
            return cluster.Options.IsUnsafe ? [] : [.. parts.Where(part => part.IsIdle).Select(part => part.Name)];
        }
    }

    public double Elapsed => Clock.Seconds(Clock.Now - _startedAt);

    /// <summary>Operations, and seconds, of the time before the first fault.</summary>
    public double CalmRate { get; private set; }

    public string? NetObstacle => cluster.Net.Obstacle;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var options = cluster.Options;
        var kinds = ChooseKinds(options);
        var order = new FaultOrder(kinds, new Random(options.Seed));
        await SayAsync($"seed {options.Seed}; replay with: {Replay(options)}");
        await SayAsync(cluster.Net.Obstacle is { } obstacle
            ? $"on loopback, without partitions: {obstacle}"
            : $"each process in a network namespace of its own; {cluster.Silos.Count} silos, {cluster.Workers.Count} processes of clients, {cluster.Options.Storage}, resource");
        foreach (var (name, why) in _leftOut)
            await SayAsync($"left out: {name}: {why}");
        await WarmUpAsync(cancellationToken);
        _startedAt = Clock.Now;
        try
        {
            while (Elapsed < options.Minutes * 60 || _outcomes.Count < options.FaultsMin)
            {
                var outcome = await RunFaultAsync(order.Next(), new Random(options.Seed + _outcomes.Count), cancellationToken);
                _outcomes.Add(outcome);
                await SayAsync(Describe(outcome));
                if (_outcomes.Count % CalmEvery == 0)
                {
                    await Clock.DelayAsync(options.Calm, cancellationToken);
                    History.JudgeWhatIsKnown();
                    History.Judge.CheckOrder();
                }
            }
        }
        catch (Exception exception) when (_outcomes.Count > 0)
        {
            // What was judged until then is still worth a report.
            _isCutShort = true;
            await SayAsync(cancellationToken.IsCancellationRequested ? "stopped early by a signal" : $"cut short: {exception}");
        }

        await SettleAsync();
    }

    private List<Fault> ChooseKinds(ChaosOptions options)
    {
        var known = FaultCatalogue.For(options.Storage);
        var unknown = options.Faults.Except(known.Select(fault => fault.Name), StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
            throw new ChaosException($"no such fault with {options.Storage}: {string.Join(", ", unknown)}; see --list");
        var kinds = new List<Fault>();
        foreach (var fault in known.Where(fault => options.Faults.Count == 0 || options.Faults.Contains(fault.Name)))
        {
            if (fault.FindObstacle(cluster) is { } why)
                _leftOut.Add((fault.Name, why));
            else
                kinds.Add(fault);
        }

        return kinds.Count > 0 ? kinds : throw new ChaosException("no fault is left to inject");
    }

    private async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        var missing = await History.WhenGrantedAsync(cluster.HotKeys, Clock.Now, WarmUpPatience, cancellationToken);
        if (missing.Count > 0)
            throw new ChaosException($"nobody was granted {string.Join(", ", missing)} before the first fault");
        var (before, at) = (History.Operations, Clock.Now);
        await Clock.DelayAsync(cluster.Options.WarmUp, cancellationToken);
        CalmRate = (History.Operations - before) / Clock.Seconds(Clock.Now - at);
        await SayAsync(string.Create(CultureInfo.InvariantCulture, $"the load runs: {CalmRate:0} operations/s"));
    }

    private async Task<FaultOutcome> RunFaultAsync(Fault fault, Random random, CancellationToken cancellationToken)
    {
        var context = new FaultContext(cluster, random);
        var (startedAt, operations, failures, broken) = (Elapsed, History.Operations, History.Failures, History.Judge.Broken.Count);
        string? problem = null;
        History.JudgeWhatIsKnown();
        context.Began();
        History.Judge.Calm.Disturb();
        try
        {
            await fault.InjectAsync(context, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            problem = $"injection: {exception.Message}";
        }

        if (fault.Excuse == Excuse.LostRecords)
            ForgetLost(context, Clock.Now);
        problem = await HealAsync(fault, context, cancellationToken) ?? problem;
        var healedAt = Clock.Now;
        var stuck = await History.WhenGrantedAsync(cluster.HotKeys, healedAt, fault.GrantBound, cancellationToken);
        var wellAt = Clock.Now;
        History.JudgeWhatIsKnown();
        foreach (var key in stuck)
            History.Judge.Fail("no stuck queue", $"{key} was not granted to anybody for {fault.GrantBound.TotalSeconds:0} s after {fault.Name} was healed");
        var recurring = AwaitRecurringAsync(fault, healedAt, cancellationToken);
        problem = await RejoinAsync(context, cancellationToken) ?? problem;
        var recurringAfter = await recurring;
        History.Judge.Calm.Return(Clock.Now);
        await Clock.DelayAsync(Calm, cancellationToken);
        History.JudgeWhatIsKnown();
        return new FaultOutcome(fault.Name, startedAt)
        {
            Operations = History.Operations - operations,
            Violations = History.Judge.Broken.Count - broken,
            Recoveries = [.. context.AffectedKeys.Select(key => Clock.Seconds(History.LongestStretch(key, context.BeganAt, wellAt)))],
            AfterHeal = Clock.Seconds(wellAt - healedAt),
            RecurringAfter = recurringAfter,
            Failures = Difference(failures, History.Failures),
            Took = Elapsed - startedAt,
            Problem = problem,
            Notes = context.Notes,
            Figures = context.Figures,
        };
    }

    private async Task<double> AwaitRecurringAsync(Fault fault, long healedAt, CancellationToken cancellationToken)
    {
        foreach (var key in await History.WhenGrantedAsync(LoadKeys.Recurring, healedAt, RecurringBound, cancellationToken))
            History.Judge.Fail("no stuck queue", $"{key} was not granted to anybody for {RecurringBound.TotalSeconds:0} s after {fault.Name} was healed");
        return Clock.Seconds(Clock.Now - healedAt);
    }

    private void ForgetLost(FaultContext context, long until)
    {
        var keys = context.IsNarrow ? context.AffectedKeys : History.Judge.Keys;
        History.Judge.Excuse(keys, until);
        History.JudgeWhatIsKnown();
        History.Judge.OnLost(keys, context.BeganAt, until);
    }

    private async Task<string?> HealAsync(Fault fault, FaultContext context, CancellationToken cancellationToken)
    {
        string? problem = null;
        using var patience = new CancellationTokenSource(HealPatience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await fault.HealAsync(context, either.Token);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            problem = $"heal: {exception.Message}";
        }

        for (var trial = 1; ; trial++)
        {
            try
            {
                await cluster.RestoreAsync(cancellationToken);
                return problem;
            }
            catch (ChaosException exception) when (trial < 3)
            {
                problem = $"restore: {exception.Message}";
            }
        }
    }

    /// <summary>
    /// Waits until every silo is a member again. One that was declared dead while it lived learns of it and ends itself; to save time it is
    /// killed if that takes long.
    /// </summary>
    private async Task<string?> RejoinAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var until = Clock.Now + Clock.Nanoseconds(ZombiePatience);
        for (var trial = 0; trial < 100; trial++)
        {
            if (cluster.RunningSilos.Count == cluster.Silos.Count)
            {
                var members = await cluster.FindMembersAsync(cancellationToken);
                if (members.Count == cluster.Silos.Count)
                    return null;
                if (Clock.Now > until)
                {
                    foreach (var zombie in cluster.Silos.Except(members))
                    {
                        context.Note($"{zombie.Name} is no member any more, but lives: killed");
                        zombie.Kill();
                        await zombie.Process.WhenEndedAsync(KillPatience, cancellationToken);
                    }
                }
            }

            if (cluster.RunningSilos.Count < cluster.Silos.Count)
            {
                context.Note($"ended by themselves: {string.Join(", ", cluster.Silos.Where(silo => !silo.IsRunning).Select(silo => silo.Name))}");
                await cluster.RestoreAsync(cancellationToken);
                until = Clock.Now + Clock.Nanoseconds(ZombiePatience);
            }

            await Clock.DelayAsync(TimeSpan.FromMilliseconds(250), cancellationToken);
        }

        return "the silos never became members of one cluster again";
    }

    private async Task SettleAsync()
    {
        if (!_isCutShort)
            await Clock.DelayAsync(cluster.Options.Calm, CancellationToken.None);

        // The last lines are on their way.
        await Clock.DelayAsync(TimeSpan.FromSeconds(1), CancellationToken.None);
        History.JudgeWhatIsKnown();
        History.Judge.CheckOrder();
    }

    private static Dictionary<string, long> Difference(Dictionary<string, long> before, Dictionary<string, long> after) => after
        .Select(pair => (pair.Key, Count: pair.Value - before.GetValueOrDefault(pair.Key)))
        .Where(pair => pair.Count > 0)
        .ToDictionary(pair => pair.Key, pair => pair.Count, StringComparer.Ordinal);

    private static string Replay(ChaosOptions options) => string.Create(
        CultureInfo.InvariantCulture,
        $"dotnet run -c Release --project tests/LockGrains.Chaos -- --seed {options.Seed} --minutes {options.Minutes}")
        + string.Concat(options.Faults.Select(fault => $" --fault {fault}"))
        + (options.Storage == StoreKind.Postgres ? " --storage postgres" : "") + (options.IsLoopback ? " --loopback" : "") + (options.IsUnsafe ? " --unsafe-store" : "");

    private static string Describe(FaultOutcome outcome) => string.Create(
        CultureInfo.InvariantCulture,
        $"{outcome.At,7:0.0} s  {outcome.Name,-28} recovery {outcome.Recoveries.DefaultIfEmpty().Max(),5:0.00} s, after heal {outcome.AfterHeal:0.00} s, took {outcome.Took:0.0} s")
        + (outcome.Failures.Count > 0 ? "; failed: " + string.Join(", ", outcome.Failures.Select(pair => $"{pair.Value} {pair.Key}")) : "")
        + string.Concat(outcome.Figures.Select(pair => string.Create(CultureInfo.InvariantCulture, $"; {pair.Key} {pair.Value:0.00}")))
        + string.Concat(outcome.Notes.Select(note => $"; {note}"))
        + (outcome.Violations > 0 ? $"; VIOLATIONS {outcome.Violations}" : "")
        + (outcome.Problem is null ? "" : $"; PROBLEM {outcome.Problem.Split(Environment.NewLine)[0]}");

    private Task SayAsync(string line) => output.WriteLineAsync(line);
}
