using LockGrains.AspNetCore.Access;

namespace LockGrains.Benchmarks;

/// <summary>(m) The pair of case a by a client over HTTP, beside one over Orleans, of the same silo.</summary>
internal static class HttpCase
{
    private const string Orleans = "over Orleans";

    public static async Task<CaseResult> RunAsync(Bench bench)
    {
        var secret = AccessSecret.Create();
        await using var cluster = await Cluster.StartAsync(bench.MakePlan() with { Arguments = AllowAll(AccessSecret.Hash(secret)) });
        await using var http = LockClient.Create(new HttpLockClientOptions { Servers = [cluster.Silo.Server], AccessKey = secret });
        ILockSubject[] subjects = [new ClientSubject(Orleans, cluster.Client.Locks), new ClientSubject("over HTTP", http)];
        var result = new CaseResult('m', "HTTP: the uncontended pair");
        var table = new Table("Each worker has a key of its own; client, external; Redis. Raw: the same silo over Orleans.", PairRounds.Columns);
        var plot = new LinePlot("Uncontended pairs over HTTP", "workers", "pairs per second");
        result.Tables.Add(table);
        result.Plots.Add(plot);
        result.Notes.Add("Over HTTP: the client of LockGrains.Client.Http, without TLS, with an access key.");
        await PairRounds.AddAllAsync(subjects, bench.Options, table, plot, Orleans);
        return result;
    }

    private static string[] AllowAll(string hash)
    {
        const string key = "--LockGrains:Access:Keys:0";
        return [$"{key}:Name", "bench", $"{key}:Sha256", hash, $"{key}:Rules:0:Prefix", "", $"{key}:Rules:0:Allow:0", "acquire", $"{key}:Rules:0:Allow:1", "read"];
    }
}
