namespace LockGrains.Benchmarks;

/// <summary>(m) The pair of case a by a client over HTTP, beside one over Orleans, of the same silo.</summary>
internal static class HttpCase
{
    private const string Orleans = "over Orleans";

    public static async Task<CaseResult> RunAsync(Bench bench)
    {
        // Without an access key, which in a container only such a setting allows.
        await using var cluster = await Cluster.StartAsync(bench.MakePlan() with { Arguments = ["--LockGrains:Access:Anonymous", "local"] });
        await using var http = LockClient.Create(new HttpLockClientOptions { Servers = [cluster.Silo.Server] });
        ILockSubject[] subjects = [new ClientSubject(Orleans, cluster.Client.Locks), new ClientSubject("over HTTP", http)];
        var result = new CaseResult('m', "HTTP: the uncontended pair");
        var table = new Table("Each worker has a key of its own; client, external; Redis. Raw: the same silo over Orleans.", PairRounds.Columns);
        var plot = new LinePlot("Uncontended pairs over HTTP", "workers", "pairs per second");
        result.Tables.Add(table);
        result.Plots.Add(plot);
        result.Notes.Add("Over HTTP: the client of LockGrains.Client.Http, without TLS and without an access key.");
        await PairRounds.WarmUpAsync(subjects, bench.Options);
        foreach (var workers in bench.Options.Workers)
        {
            var rounds = await PairRounds.MeasureAsync(subjects, workers, bench.Options);
            foreach (var subject in subjects)
                rounds.AddRow(table, plot, subject.Name, Orleans);
        }

        return result;
    }
}
