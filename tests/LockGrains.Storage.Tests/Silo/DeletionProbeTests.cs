namespace LockGrains.Storage.Tests;

/// <summary>What is found out at the start about a storage that nobody knows.</summary>
public sealed class DeletionProbeTests
{
    [Theory]
    [InlineData(Flaw.None, null)]
    [InlineData(Flaw.IgnoresCase, null)]
    [InlineData(Flaw.KeepsETag, "the same ETag twice")]
    [InlineData(Flaw.DeletesWithoutComparing, "though another ETag was given")]
    [InlineData(Flaw.DeletesNothing, "left an ETag")]
    [InlineData(Flaw.LeavesEmptyRecord, "left an ETag")]
    [InlineData(Flaw.CreatesOverETag, "late write bring back")]
    [InlineData(Flaw.CountsETagsPerRecord, "gave an ETag again")]
    public async Task FindProblem_Storage_IsTrustedWithDeletionOrNot(Flaw flaw, string? reason)
    {
        var stores = new ReferenceStores(flaw);

        var problem = await DeletionProbe.FindProblemAsync(stores, CancellationToken.None);

        if (reason is null)
            Assert.Null(problem);
        else
            Assert.Contains(reason, problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FindProblem_Sound_LeavesNothingBehind()
    {
        var stores = new ReferenceStores();
        await DeletionProbe.FindProblemAsync(stores, CancellationToken.None);

        await foreach (var key in stores.ListAsync(LockSpace.System))
            Assert.Fail($"'{key}' is left.");
    }

    [Fact]
    public async Task FindProblem_Trouble_IsNoAnswer()
    {
        var stores = new FailingStores(new ReferenceStores()) { Failures = 1 };

        await Assert.ThrowsAsync<IOException>(() => DeletionProbe.FindProblemAsync(stores, CancellationToken.None));
    }
}
