using Xunit.Abstractions;

namespace LockGrains.Chaos.Tests;

/// <summary>
/// A few of the runs that the program does by the hundred. The margin is ten times the default, so that a machine that is busy with other
/// tests decides nothing: it is for the program to show how little is enough.
/// </summary>
public sealed class StarvedPoolTests(ITestOutputHelper output)
{
    private const int Runs = 3;

    [RequiresFact("redis-server")]
    public async Task Holder_WhoseThreadPoolIsBlocked_IsToldBeforeTheNextIsGranted()
    {
        await using var runs = await StarvedRuns.StartAsync(safetyMargin: TimeSpan.FromMilliseconds(500));
        for (var run = 1; run <= Runs; run++)
        {
            var (token, linked, _) = await runs.RunOnceAsync($"starved/{run}");
            output.WriteLine($"token {token:0.0} ms, linked token {linked:0.0} ms before the next grant");
            Assert.True(token > 0 && linked > 0, $"Told {token:0.0} ms and {linked:0.0} ms before the next grant.");
        }
    }
}
