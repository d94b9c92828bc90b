using System.Text.Json;
using LockGrains.Cli.Tests.EndToEnd;

namespace LockGrains.Cli.Tests.Silo;

/// <summary>What the silo's program says of itself to the runtime.</summary>
public sealed class SiloProgramTests
{
    /// <summary>A write of the membership holds a thread until another one has read the answer: with one or two, all locks stood still.</summary>
    [Fact]
    public void ThreadPool_StartsWithMoreThreadsThanAMembershipWriteHolds()
    {
        using var config = JsonDocument.Parse(File.ReadAllText(Path.ChangeExtension(Programs.Silo, ".runtimeconfig.json")));
        var properties = config.RootElement.GetProperty("runtimeOptions").GetProperty("configProperties");

        Assert.InRange(properties.GetProperty("System.Threading.ThreadPool.MinThreads").GetInt32(), 8, 64);
    }
}
