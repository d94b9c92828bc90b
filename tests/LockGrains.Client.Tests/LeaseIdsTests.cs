namespace LockGrains.Client.Tests;

/// <summary>An id is the proof of ownership: made once, whichever generator it is from, and in whichever thread.</summary>
public sealed class LeaseIdsTests
{
    [Fact]
    public async Task Make_ManyInManyThreads_GivesEachOnce()
    {
        var made = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            () => Enumerable.Range(0, 100).Select(_ => LeaseIds.Make()).ToArray(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        var ids = made.SelectMany(one => one).ToList();
        Assert.Equal(800, ids.Distinct().Count());
        Assert.DoesNotContain(Guid.Empty, ids);
    }
}
