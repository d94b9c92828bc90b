using System.Net;
using System.Net.Http.Headers;
using LockGrains.AspNetCore.Access;
using LockGrains.Cli.Tests.EndToEnd;

namespace LockGrains.Cli.Tests.Telemetry;

/// <summary>The silo as a program: what its <c>/metrics</c> says, and to whom.</summary>
public sealed class MetricsTests : IDisposable
{
    // What a Prometheus of today asks for: it would take names with dots, which no dashboard of ours has.
    private const string NewScraper =
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,*/*;q=0.1";

    private readonly HttpClient _http = new() { Timeout = TestProcess.Guard };
    private readonly List<IDisposable> _started = [];

    public void Dispose()
    {
        _started.ForEach(started => started.Dispose());
        _http.Dispose();
    }

    /// <summary>The names of dashboard and alerts that are a silo's own stand in a silo's own text; those of clients are what their code makes.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(NewScraper)]
    public async Task Names_OfDashboardAndAlerts_AreInTheTextOfASiloUnderLoad(string? accept)
    {
        var silo = await StartAsync();
        await new LockLoad(_http, silo.Url).RunAsync(["names/1", "names/2"]);
        var page = await ReadAsync(silo.Url, accept, page => page.Names.Contains("lockgrains_handover_duration_seconds_bucket"));

        var ofClients = CodeInstrument.All.Where(one => one.Name.StartsWith("lockgrains.client.", StringComparison.Ordinal)).SelectMany(one => one.PrometheusNames);
        string[] known = [.. page.Names, .. ofClients, "up"];
        var queries = DeployedQueries.OfDashboard().Concat(DeployedQueries.OfAlerts()).ToList();
        Assert.True(queries.Count > 30, $"Only {queries.Count} expressions were found.");
        var unknown = from query in queries
                      from name in PromQl.MetricsOf(query.Expression)
                      where !known.Contains(name)
                      select $"{query.Where}: {name}";
        Assert.True(!unknown.Any(), $"{string.Join('\n', unknown.Distinct())}\nThere are:\n{string.Join('\n', page.Names.Order(StringComparer.Ordinal))}");
    }

    /// <summary>Every instrument of silo and HTTP is there, those of what has not happened yet among them.</summary>
    [Fact]
    public async Task Instruments_OfTheSilo_AreAllInItsText()
    {
        var silo = await StartAsync();
        await new LockLoad(_http, silo.Url).RunAsync(["names/1"]);
        var page = await ReadAsync(silo.Url, accept: null, page => page.Names.Contains("lockgrains_handover_duration_seconds_bucket"));

        var expected = CodeInstrument.All.Where(one => one.Project is "LockGrains.Server" or "LockGrains.AspNetCore").SelectMany(one => one.PrometheusNames).ToList();
        Assert.True(expected.Count > 25, $"Only {expected.Count} names were found.");
        Assert.Empty(expected.Except(page.Names));
        Assert.Equal(0, page.Series["lockgrains_quarantines_total{reason=\"conflict\"}"]);
        Assert.Equal(1, page.Series["lockgrains_store_up"]);
        Assert.Contains("le=\"0.025\"", page.Text, StringComparison.Ordinal);
        Assert.Contains(page.Series.Keys, series => series.StartsWith("target_info{", StringComparison.Ordinal)
            && series.Contains("service_name=\"lockgrains-silo\"", StringComparison.Ordinal)
            && series.Contains($"service_instance_id=\"127.0.0.1:{silo.SiloPort}\"", StringComparison.Ordinal)
            && series.Contains("lockgrains_storage=\"memory\"", StringComparison.Ordinal));
    }

    /// <summary>However many keys there are, what is collected stays as it is.</summary>
    [Fact]
    public async Task Series_AfterManyMoreKeys_AreTheSame()
    {
        var silo = await StartAsync();
        var load = new LockLoad(_http, silo.Url);
        await load.RunAsync(Enumerable.Range(0, 5).Select(number => $"flat/few-{number}"));
        var before = await ReadAsync(silo.Url, accept: null, page => page.Series.GetValueOrDefault("lockgrains_leases_granted_total") >= 10);

        await load.RunAsync(Enumerable.Range(0, 200).Select(number => $"flat/many-{number}"));
        var after = await ReadAsync(silo.Url, accept: null, page => page.Series.GetValueOrDefault("lockgrains_leases_granted_total") >= 410);

        Assert.Equal(Ours(before), Ours(after));
        Assert.Equal(205, after.Series["lockgrains_activations"]);
        Assert.DoesNotContain("flat/", after.Text, StringComparison.Ordinal);
        Assert.InRange(after.Series.Count - before.Series.Count, 0, 40);

        static string[] Ours(MetricsPage page) =>
            [.. page.Series.Keys.Where(series => series.StartsWith("lockgrains_", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    /// <summary>Two Prometheus servers ask at the same time while the silo is busy; each has all of it.</summary>
    [Fact]
    public async Task Scrapes_DuringAStorm_AreAllWhole()
    {
        var silo = await StartAsync();
        var load = new LockLoad(_http, silo.Url);
        var storm = Task.WhenAll(Enumerable.Range(0, 8).Select(one => load.RunAsync(Enumerable.Range(0, 20).Select(number => $"storm/{one}/{number}"))));
        var scrapes = await Task.WhenAll(Enumerable.Range(0, 2).Select(async _ =>
        {
            var pages = new List<MetricsPage>();
            do
            {
                pages.Add(await MetricsPage.ReadAsync(_http, silo.Url));
            }
            while (!storm.IsCompleted);
            return pages;
        }));
        await storm;

        Assert.All(scrapes.SelectMany(pages => pages), page => Assert.Superset(new HashSet<string> { "lockgrains_locks_held", "lockgrains_http_waiting", "target_info" }, page.Names.ToHashSet()));
        await ReadAsync(silo.Url, accept: null, page => page.Series["lockgrains_leases_granted_total"] == 320 && page.Series["lockgrains_locks_held"] == 0 && page.Series["lockgrains_waiters"] == 0);
    }

    [Fact]
    public async Task Metrics_WithAccessKeys_AreForWhoMayReadSomething()
    {
        var (reader, writer) = (AccessSecret.Create(), AccessSecret.Create());
        var silo = await StartAsync(["--http-address", "0.0.0.0", .. KeyOf(0, reader, "read"), .. KeyOf(1, writer, "acquire")]);

        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(silo, secret: null));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(silo, AccessSecret.Create()));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(silo, writer));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(silo, reader));
    }

    [Theory]
    [InlineData("--metrics", "false", "--LockGrains:Access:Anonymous", "local")]
    [InlineData("--http-address", "0.0.0.0")]
    public async Task Metrics_SwitchedOffOrWithoutAnApi_AreNotThere(params string[] args)
    {
        var silo = await StartAsync(args);

        Assert.Equal(HttpStatusCode.NotFound, await GetAsync(silo, secret: null));
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync($"{silo.Url}/health/live")).StatusCode);
    }

    private static string[] KeyOf(int number, string secret, string verb) =>
    [
        $"--LockGrains:Access:Keys:{number}:Name", $"key-{number}", $"--LockGrains:Access:Keys:{number}:Sha256", AccessSecret.Hash(secret),
        $"--LockGrains:Access:Keys:{number}:Rules:0:Prefix", "some/", $"--LockGrains:Access:Keys:{number}:Rules:0:Allow:0", verb,
    ];

    // The exporter tells the same for a moment, and a silo counts when it has replied.
    private Task<MetricsPage> ReadAsync(string url, string? accept, Func<MetricsPage, bool> isExpected) =>
        Eventually.BecomesAsync(() => MetricsPage.ReadAsync(_http, url, accept: accept), isExpected, "measure of what was done");

    private async Task<HttpStatusCode> GetAsync(SiloProcess silo, string? secret)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{silo.Url}/metrics");
        if (secret is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        using var response = await _http.SendAsync(request);
        return response.StatusCode;
    }

    private async Task<SiloProcess> StartAsync(params string[] args)
    {
        var silo = SiloProcess.Start(["--memory", .. args.Length == 0 ? TestAccess.Anonymous : args]);
        _started.Add(silo);
        await silo.WhenReadyAsync();
        return silo;
    }
}
