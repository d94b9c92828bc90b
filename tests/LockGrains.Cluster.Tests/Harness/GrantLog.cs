using System.Collections.Concurrent;

namespace LockGrains.Cluster.Tests;

/// <summary>Grants in the order in which they were used, each logged while its lock was held.</summary>
internal sealed class GrantLog
{
    private readonly ConcurrentQueue<(int Number, long Token, long At)> _grants = new();
    private readonly TaskCompletionSource<(int, long)> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<bool>> _counts = new();

    public int Count => _grants.Count;

    public IEnumerable<int> Numbers => _grants.Select(grant => grant.Number);

    public IEnumerable<long> Tokens => _grants.Select(grant => grant.Token);

    public TimeSpan LongestGap =>
        _grants.Zip(_grants.Skip(1), (one, next) => TimeProvider.System.GetElapsedTime(one.At, next.At)).Max();

    public void Add(int number, long token)
    {
        _grants.Enqueue((number, token, TimeProvider.System.GetTimestamp()));
        _first.TrySetResult((number, token));
        foreach (var (count, reached) in _counts.Where(wait => wait.Key <= _grants.Count))
            reached.TrySetResult(true);
    }

    public Task<(int, long)> FirstAsync() => _first.Task.WithinPatienceAsync("grant after the loss of the silo");

    public Task<bool> CountAsync(int count)
    {
        var reached = _counts.GetOrAdd(count, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
        if (_grants.Count >= count)
            reached.TrySetResult(true);
        return reached.Task.WithinPatienceAsync($"grant number {count}");
    }
}
