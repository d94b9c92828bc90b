using LockGrains.TestKit;
using Microsoft.Extensions.Logging;

namespace LockGrains.Cluster.Tests;

/// <summary>An outage of the storage quarantines thousands of locks, and is a few lines of the silo's log.</summary>
public sealed class QuarantineLogTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly LogCollector _logs = new();
    private readonly Quarantines _quarantines;

    public QuarantineLogTests() => _quarantines = new Quarantines(_logs.CreateLogger("LockGrains.LockGrain"), _time);

    private IReadOnlyList<LogEntry> Lines => [.. _logs.Entries.Where(entry => entry.Level >= LogLevel.Information)];

    public void Dispose() => _quarantines.Dispose();

    [Fact]
    public void StorageIsAway_27SecondsAndHundredsOfLocks_IsFourLinesWithoutStacks()
    {
        var problem = new IOException("Failed to write.\nThe socket is closed", new TimeoutException("5 s"));
        for (var step = 0; step < 270; step++)
        {
            for (var key = 0; key < 10; key++)
                _quarantines.Add($"key/{key}", QuarantineReason.OutcomeUnknown, problem);
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        _quarantines.StorageAnswered();
        _quarantines.StorageAnswered();

        Assert.Equal(["StorageFails", "StorageFails", "StorageFails", "StorageAnswers"], Lines.Select(line => line.Event));
        Assert.EndsWith("Lock 'key/0' is quarantined, and loaded again: Failed to write. The socket is closed: 5 s", Lines[0].Message, StringComparison.Ordinal);
        Assert.EndsWith(" … 998 more in 10 s", Lines[1].Message, StringComparison.Ordinal);
        Assert.Equal("Storage does as it is asked again, after 2700 quarantines in 28.0 s.", Lines[3].Message);
        Assert.All(Lines, line => Assert.Null(line.Exception));
        Assert.Equal(2700, _logs.Entries.Count(entry => entry.Level == LogLevel.Debug && entry.Exception == problem));
    }

    [Fact]
    public void Reasons_HaveLinesOfTheirOwn()
    {
        foreach (var reason in new[] { QuarantineReason.OutcomeUnknown, QuarantineReason.Conflict, QuarantineReason.BadRecord, QuarantineReason.Defect })
        {
            for (var key = 0; key < 100; key++)
                _quarantines.Add($"key/{key}", reason, new IOException("broken"));
        }

        Assert.Equal(["StorageFails", "Conflict", "BadRecord", "Defect"], Lines.Select(line => line.Event));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(8, Lines.Count);
        Assert.All(Lines.Skip(4), line => Assert.Contains("Lock 'key/99'", line.Message, StringComparison.Ordinal));
        Assert.All(Lines.Skip(4), line => Assert.EndsWith(" … 98 more in 10 s", line.Message, StringComparison.Ordinal));
    }
}
