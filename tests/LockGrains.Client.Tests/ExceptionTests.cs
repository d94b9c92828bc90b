using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace LockGrains.Client.Tests;

/// <summary>A grain that uses the client may let its exceptions out to a caller on another machine.</summary>
public sealed class ExceptionTests
{
    [Fact]
    public void Exceptions_CrossTheWire_KeepTheirMembers()
    {
        using var provider = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var serializer = provider.GetRequiredService<Serializer>();
        T Cross<T>(T exception)
            where T : Exception
        {
            var copy = Assert.IsType<T>(serializer.Deserialize<Exception>(serializer.SerializeToArray<Exception>(exception)));
            Assert.Equal(exception.Message, copy.Message);
            return copy;
        }

        var timeout = Cross(new LockTimeoutException("k", TimeSpan.FromSeconds(3), 2));
        Assert.Equal(("k", TimeSpan.FromSeconds(3), 2), (timeout.Key, timeout.Waited, timeout.Place));
        var full = Cross(new LockQueueFullException("k", 9));
        Assert.Equal(("k", 9), (full.Key, full.QueueLength));
        var lost = Cross(new LockLostException("k", 7, EndReason.Revoked));
        Assert.Equal(("k", 7L, EndReason.Revoked), (lost.Key, lost.FencingToken, lost.End));
        var over = Cross(new LockSessionLostException("s", EndReason.Revoked));
        Assert.Equal(("s", EndReason.Revoked), (over.SessionId, over.End));
        var deadlock = Cross(new LockDeadlockException("k", "s", LockMode.Upgradeable, LockMode.Exclusive));
        Assert.Equal(("k", "s", LockMode.Upgradeable, LockMode.Exclusive), (deadlock.Key, deadlock.SessionId, deadlock.Held, deadlock.Wanted));
        var away = Cross(new LockUnavailableException("k", "Nobody answered.", true, new TimeoutException("t")));
        Assert.Equal(("k", true), (away.Key, away.MayHaveTakenEffect));
        Assert.Equal("t", away.InnerException?.Message);
        var record = new RunOnceRecord { Edition = "7", Outcome = "done", FencingToken = 9 };
        var unstored = Cross(new RunOnceUnstoredException("k", record, true, new TimeoutException("t")));
        Assert.Equal(("k", "7", "done", 9L, true), (unstored.Key, unstored.Edition, unstored.Outcome, unstored.FencingToken, unstored.MayBeStored));
    }
}
