namespace LockGrains.Chaos.Tests;

public sealed class PatienceTests
{
    /// <summary>What a silo passes on of a Redis that refuses connections once ended a long run, as if somebody had stopped it.</summary>
    [Fact]
    public async Task Ask_ACancellationThatNobodyAskedFor_AsksAgain()
    {
        var asked = 0;

        var answer = await Patience.AskAsync(
            () => ++asked < 3 ? Task.FromException<string>(new TaskCanceledException()) : Task.FromResult("yes"), 3, TimeSpan.Zero, CancellationToken.None);

        Assert.Equal("yes", answer);
    }

    [Fact]
    public async Task Ask_NeverAnAnswer_SaysSoAndIsNoCancellation()
    {
        var asked = 0;

        await Assert.ThrowsAsync<ChaosException>(() => Patience.AskAsync(AskAsync, 3, TimeSpan.Zero, CancellationToken.None));

        Assert.Equal(3, asked);

        Task<string> AskAsync()
        {
            asked++;
            return Task.FromException<string>(new TaskCanceledException());
        }
    }

    [Fact]
    public async Task Ask_RunThatIsStopped_IsCancelled()
    {
        using var stopping = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Patience.AskAsync(AskAsync, 3, TimeSpan.Zero, stopping.Token));

        async Task<string> AskAsync()
        {
            await stopping.CancelAsync();
            throw new TaskCanceledException();
        }
    }
}
