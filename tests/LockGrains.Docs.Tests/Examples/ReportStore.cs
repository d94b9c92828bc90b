namespace LockGrains.Docs.Tests.Examples;

/// <summary>What a lock protects: it takes a token with every write.</summary>
internal interface IReportStore
{
    Task SaveAsync(string report, long fencingToken, CancellationToken cancellationToken = default);
}

internal sealed class ReportStore : IReportStore
{
    private long _highestToken;

    public List<string> Reports { get; } = [];

    public Task SaveAsync(string report, long fencingToken, CancellationToken cancellationToken = default)
    {
        if (fencingToken < _highestToken)
            throw new InvalidOperationException($"Token {fencingToken} is from a hold that is over; {_highestToken} has been here.");
        _highestToken = fencingToken;
        Reports.Add(report);
        return Task.CompletedTask;
    }
}
