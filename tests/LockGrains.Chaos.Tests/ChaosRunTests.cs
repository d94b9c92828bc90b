using System.Text.RegularExpressions;
using Xunit.Abstractions;

namespace LockGrains.Chaos.Tests;

/// <summary>Short runs of the real thing. The long ones are the program's.</summary>
// One at a time: the network of a run is named after its process.
[Collection("network")]
public sealed partial class ChaosRunTests(ITestOutputHelper output)
{
    private static readonly ChaosOptions Short = new() { Seed = 1, WarmUp = TimeSpan.FromSeconds(1), Calm = TimeSpan.FromSeconds(20) };

    [RequiresFact("redis-server")]
    public async Task Run_AFewFaults_BreaksNoPromise()
    {
        var (exitCode, lines) = await RunAsync(Short with { Minutes = 0.35, Faults = ["kill-owner", "stop-owner", "pause-owner-short", "store-crash"] });

        Assert.Matches(LastLine(), lines[^1]);
        Assert.Contains(", violations 0, ", lines[^1], StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    [PostgresFact]
    public async Task Run_AFewFaultsOnPostgres_BreaksNoPromise()
    {
        var (exitCode, lines) = await RunAsync(Short with { Storage = StoreKind.Postgres, Minutes = 0.35, Faults = ["store-crash", "store-connections-killed", "stop-owner"] });

        Assert.Contains(", violations 0, ", lines[^1], StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    [RequiresFact("redis-server")]
    public async Task Run_OnAStoreThatDoesNotCompare_IsFoundOut()
    {
        var (exitCode, lines) = await RunAsync(Short with { Minutes = 0.5, FaultsMin = 3, Faults = ["two-clusters"], IsUnsafe = true });

        Assert.Contains(lines, line => line.StartsWith("VIOLATION", StringComparison.Ordinal));
        Assert.Equal(1, exitCode);
    }

    [RequiresFact("redis-server")]
    public async Task Readers_TheirSiloIsKilled_OvertakeNoWriterAndComeInTogether()
    {
        var (exitCode, lines) = await RunAsync(OneKeyRun.OptionsOf(LoadKind.Document) with { Seed = 1, Minutes = 0.2 });

        Assert.Contains(lines, line => Regex.IsMatch(line, "overtakes 0, of [1-9]"));
        Assert.Contains(lines, line => Regex.IsMatch(line, "[1-9][0-9]* writers were told that they were first"));
        Assert.Contains(lines, line => Regex.IsMatch(line, "64 adjacent readers came in with writes of the lock record: [1-3], [1-3], [1-3];"));
        Assert.EndsWith(", violations 0", lines[^1], StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    [RequiresFact("redis-server")]
    public async Task Semaphore_RequestsOfOneAndOfAll_AreServedInTheirTurn()
    {
        var (exitCode, lines) = await RunAsync(OneKeyRun.OptionsOf(LoadKind.Pool) with { Seed = 1, Minutes = 0.1 });

        Assert.Contains(lines, line => Regex.IsMatch(line, "overtakes 0, of [1-9]") && line.EndsWith("the most permits out at one time 3 of 3", StringComparison.Ordinal));
        Assert.EndsWith(", violations 0", lines[^1], StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    [Theory]
    [InlineData("--minutes", "none")]
    [InlineData("--seed")]
    [InlineData("--fault")]
    [InlineData("--verbose")]
    [InlineData("--storage", "oracle")]
    [InlineData("--storage", "postgres", "--unsafe-store")]
    public void Parse_WrongArgument_IsRefused(params string[] args) => Assert.Null(ChaosOptions.Parse(args));

    /// <summary>A rule whose bound is longer can never be broken.</summary>
    [Fact]
    public void Calm_IsLongerThanEachBoundThatIsJudgedInIt()
    {
        var calm = Clock.Nanoseconds(new ChaosOptions().Calm);

        Assert.True(calm > SessionJudge.Bound + Clock.Nanoseconds(SessionCaller.Lease));
        Assert.True(calm > WatchJudge.Bound);
    }

    [Fact]
    public void Catalogue_HasThirtyKindsOrMore_EachWithANameOfItsOwn()
    {
        var names = FaultCatalogue.All.Select(fault => fault.Name).ToList();

        Assert.True(names.Count >= 30, $"There are only {names.Count}.");
        Assert.Equal(names.Count, names.Distinct(StringComparer.Ordinal).Count());
        Assert.All(FaultCatalogue.All, fault => Assert.EndsWith(".", fault.Describe, StringComparison.Ordinal));
    }

    [Fact]
    public void Catalogue_HasAsManyKindsAsTheDocumentSays()
    {
        var document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "TESTING.md"));

        Assert.Contains(
            $"There are {FaultCatalogue.For(StoreKind.Redis).Count} kinds on Redis and {FaultCatalogue.For(StoreKind.Postgres).Count} on PostgreSQL", document, StringComparison.Ordinal);
    }

    [Fact]
    public void Order_OfASeed_IsTheSameEachTimeAndLeavesNobodyOut()
    {
        var first = Deal(seed: 3, FaultCatalogue.All.Count);

        Assert.Equal(first, Deal(seed: 3, FaultCatalogue.All.Count));
        Assert.NotEqual(first, Deal(seed: 4, FaultCatalogue.All.Count));
        Assert.Equal(FaultCatalogue.All.Select(fault => fault.Name), first.Order(StringComparer.Ordinal));
    }

    private static List<string> Deal(int seed, int count)
    {
        var order = new FaultOrder(FaultCatalogue.All, new Random(seed));
        return [.. Enumerable.Range(0, count).Select(_ => order.Next().Name)];
    }

    private async Task<(int ExitCode, string[] Lines)> RunAsync(ChaosOptions options)
    {
        var writer = new StringWriter();
        var exitCode = await Chaos.RunAsync(options, writer);
        output.WriteLine(writer.ToString());
        return (exitCode, writer.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [GeneratedRegex(@"^faults [1-9]\d* \([1-9]\d* kinds\), operations [1-9]\d*, violations \d+, recovery p50 \d+\.\d\d s p99 \d+\.\d\d s max \d+\.\d\d s$")]
    private static partial Regex LastLine();
}
