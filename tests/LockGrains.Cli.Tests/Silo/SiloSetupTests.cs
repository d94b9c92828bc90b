using LockGrains.Silo;

namespace LockGrains.Cli.Tests.Silo;

public sealed class SiloSetupTests
{
    /// <summary>A write of the membership holds a thread until another one has read the answer: with one or two, all locks stood still.</summary>
    /// <param name="before">How many threads the pool starts with.</param>
    /// <param name="after">How many it starts with for a silo.</param>
    [Theory]
    [InlineData(1, 8)]
    [InlineData(32, 32)]
    public void ReserveThreads_GivesThePoolEightAtLeast(int before, int after)
    {
        ThreadPool.GetMinThreads(out var threads, out var completionThreads);
        try
        {
            Assert.True(ThreadPool.SetMinThreads(before, completionThreads));
            SiloSetup.ReserveThreads();

            ThreadPool.GetMinThreads(out var reserved, out _);
            Assert.Equal(after, reserved);
        }
        finally
        {
            ThreadPool.SetMinThreads(threads, completionThreads);
        }
    }
}
