namespace LockGrains.Benchmarks;

/// <summary>(l) The pair of case a with mutual TLS, and with clients that reach locks alone, beside neither.</summary>
internal static class TlsCase
{
    private const string Plain = "without TLS";

    public static async Task<CaseResult> RunAsync(Bench bench)
    {
        using var folder = new TempFolder();
        using var authority = new ClusterAuthority(folder);
        var (silo, client) = (authority.SignSilo(), authority.SignClient());
        await using var plain = await Cluster.StartAsync(bench.MakePlan());
        await using var locksOnly = await Cluster.StartAsync(bench.MakePlan() with { Arguments = ["--locks-only"] });
        await using var tls = await Cluster.StartAsync(bench.MakePlan() with { Arguments = silo.Arguments, ClientCertificate = client });
        ILockSubject[] subjects =
        [
            new ClientSubject(Plain, plain.Client.Locks),
            new ClientSubject("--locks-only", locksOnly.Client.Locks),
            new ClientSubject("mutual TLS", tls.Client.Locks),
        ];
        var result = new CaseResult('l', "Mutual TLS: the uncontended pair");
        var table = new Table("Each worker has a key of its own; client, external; Redis. Raw: the same silo without TLS.", PairRounds.Columns);
        var plot = new LinePlot("Uncontended pairs with mutual TLS", "workers", "pairs per second");
        result.Tables.Add(table);
        result.Plots.Add(plot);
        result.Notes.Add("Mutual TLS: between client and silo, with a key on the curve P-256. Clients then reach locks alone, so its row has the cost of --locks-only, too.");
        result.Notes.Add("There is one silo, so nothing goes from silo to silo.");
        await PairRounds.AddAllAsync(subjects, bench.Options, table, plot, Plain);
        return result;
    }
}
