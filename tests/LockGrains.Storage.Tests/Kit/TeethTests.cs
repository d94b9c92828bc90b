using LockGrains.Storage.Testing;
using Xunit.Abstractions;

namespace LockGrains.Storage.Tests;

/// <summary>The kit sees what is wrong with a storage, and names it.</summary>
public sealed class TeethTests(ITestOutputHelper output)
{
    private static readonly ConformanceOptions Quick = new() { Seed = 7, Keys = 60, Operations = 20_000, CaseTimeout = TimeSpan.FromMinutes(5) };

    [Theory]
    [InlineData(Flaw.CreatesWithoutLock, "create-race")]
    [InlineData(Flaw.ChecksThenWrites, "compare-and-set-race")]
    [InlineData(Flaw.ChecksThenWrites, "history-is-linearizable")]
    [InlineData(Flaw.LoserWrites, "loser-changes-nothing")]
    [InlineData(Flaw.CreatesOverETag, "loser-changes-nothing")]
    [InlineData(Flaw.CreatesOverETag, "deleted-etag-is-dead")]
    [InlineData(Flaw.ReadsFromCache, "history-is-linearizable")]
    [InlineData(Flaw.MixesDataAndETag, "history-is-linearizable")]
    [InlineData(Flaw.MixesDataAndETag, "read-your-write")]
    [InlineData(Flaw.CountsETags, "put-back-copy")]
    [InlineData(Flaw.CountsETagsPerRecord, "etag-never-repeats")]
    [InlineData(Flaw.CountsETagsIn32Bits, "counter-does-not-wrap")]
    [InlineData(Flaw.HashesContent, "etag-never-repeats")]
    [InlineData(Flaw.KeepsETag, "etag-never-repeats")]
    [InlineData(Flaw.KeepsETag, "compare-and-set-race")]
    [InlineData(Flaw.DeletesWithoutComparing, "delete-compares")]
    [InlineData(Flaw.DeletesWithoutComparing, "delete-race")]
    [InlineData(Flaw.ChecksThenDeletes, "delete-race")]
    [InlineData(Flaw.DeletesNothing, "delete-removes")]
    [InlineData(Flaw.LeavesEmptyRecord, "delete-removes")]
    [InlineData(Flaw.DeletesAllOfTheKey, "delete-removes")]
    [InlineData(Flaw.IgnoresCase, "keys-never-share")]
    [InlineData(Flaw.NormalizesKeys, "keys-never-share")]
    [InlineData(Flaw.TrimsKeys, "keys-never-share")]
    [InlineData(Flaw.CutsKeys, "keys-never-share")]
    [InlineData(Flaw.SanitizesKeys, "keys-never-share")]
    [InlineData(Flaw.ReadsHexKeys, "keys-never-share")]
    [InlineData(Flaw.SharesRecords, "records-never-share")]
    [InlineData(Flaw.SharesSpaces, "spaces-never-share")]
    [InlineData(Flaw.StoresText, "binary-data")]
    [InlineData(Flaw.CutsData, "binary-data")]
    [InlineData(Flaw.TearsCancelled, "cancelled-is-unknown")]
    [InlineData(Flaw.ListsOnePage, "listing-complete")]
    [InlineData(Flaw.ListsOrphanedSlots, "listing-complete")]
    [InlineData(Flaw.ListsByPattern, "listing-by-prefix")]
    [InlineData(Flaw.ListsByCollation, "listing-by-prefix")]
    [InlineData(Flaw.ListsAllSpaces, "listing-own-space")]
    [InlineData(Flaw.LosesAcknowledged, "crash-keeps-acknowledged")]
    [InlineData(Flaw.LosesDeletions, "crash-keeps-acknowledged")]
    public async Task Kit_BrokenStore_IsFoundOutByTheCase(Flaw flaw, string name)
    {
        var result = await new StoreConformance(new ReferenceStores(flaw).ForKit, Quick).RunAsync(name);

        output.WriteLine(result.ToString());
        Assert.Equal(ConformanceOutcome.Failed, result.Outcome);
        Assert.DoesNotContain("did not end within", result.Detail, StringComparison.Ordinal);
        Assert.Contains("Seed = 7", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Flaws_EachHasACase()
    {
        var tested = typeof(TeethTests).GetMethod(nameof(Kit_BrokenStore_IsFoundOutByTheCase))!.GetCustomAttributesData()
            .Where(data => data.AttributeType == typeof(InlineDataAttribute))
            .Select(data => ((IEnumerable<System.Reflection.CustomAttributeTypedArgument>)data.ConstructorArguments[0].Value!).ToList())
            .ToList();

        Assert.Equal(Enum.GetValues<Flaw>().Where(flaw => flaw != Flaw.None), tested.Select(arguments => (Flaw)arguments[0].Value!).Distinct().Order());
        var cases = tested.Select(arguments => (string)arguments[1].Value!).Distinct();
        var withoutTeeth = StoreConformance.Cases.Select(one => one.Name).Except(cases);
        Assert.Equal(["timed-out-is-unknown"], withoutTeeth);
    }

    [Fact]
    public async Task ThrowIfFailed_NamesEveryFailureOnce()
    {
        var report = new ConformanceReport(
        [
            await new StoreConformance(new ReferenceStores(Flaw.IgnoresCase).ForKit, Quick).RunAsync("keys-never-share"),
            await new StoreConformance(new ReferenceStores().ForKit, Quick).RunAsync("binary-data"),
        ]);

        var exception = Assert.Throws<ConformanceException>(report.ThrowIfFailed);

        Assert.StartsWith("1 of 2 cases failed", exception.Message, StringComparison.Ordinal);
        Assert.Contains("keys-never-share", exception.Message, StringComparison.Ordinal);
        Assert.Contains("has the record of", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failure_TimeOutOfTheStorage_IsNotTakenForTheCasesOwn()
    {
        var store = new StoreUnderTest { ConnectAsync = _ => throw new TimeoutException("The server did not answer within 5 s.") };

        var result = await new StoreConformance(store, Quick).RunAsync("binary-data");

        Assert.Equal(ConformanceOutcome.Failed, result.Outcome);
        Assert.Contains("The server did not answer within 5 s.", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hooks_NotGiven_SkipWithTheReason()
    {
        var store = new StoreUnderTest { ConnectAsync = new ReferenceStores().ForKit.ConnectAsync };
        foreach (var name in new[] { "put-back-copy", "counter-does-not-wrap", "crash-keeps-acknowledged" })
        {
            var result = await new StoreConformance(store, Quick).RunAsync(name);
            Assert.Equal(ConformanceOutcome.Skipped, result.Outcome);
            Assert.Contains("is not given", result.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Options_OutOfRange_AreRefused()
    {
        var store = new ReferenceStores().ForKit;
        Assert.Throws<ArgumentOutOfRangeException>("Writers", () => new StoreConformance(store, new ConformanceOptions { Writers = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>("CaseTimeout", () => new StoreConformance(store, new ConformanceOptions { CaseTimeout = TimeSpan.Zero }));
        await Assert.ThrowsAsync<ArgumentException>("name", () => new StoreConformance(store).RunAsync("no-such-case"));
    }
}
