using System.Globalization;

namespace LockGrains.Benchmarks;

/// <summary>Keys that are taken once and released, by many at a time.</summary>
internal sealed class OneTimeKeys(ILockClient locks, string prefix)
{
    private const int Workers = 64;
    private const int SampleEvery = 100;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _tokens = [];
    private int _taken;
    private int _givenUp;

    public int Taken => Volatile.Read(ref _taken);

    /// <summary>How many were given up, on a machine that is too busy.</summary>
    public int GivenUp => Volatile.Read(ref _givenUp);

    /// <summary>Takes keys until there are so many, or until told to stop.</summary>
    public async Task TakeAsync(int count, CancellationToken stop = default)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(async () =>
        {
            for (var index = Interlocked.Increment(ref next); index < count && !stop.IsCancellationRequested; index = Interlocked.Increment(ref next))
            {
                try
                {
                    await TakeOneAsync(index);
                }
                catch (LockUnavailableException)
                {
                    Interlocked.Increment(ref _givenUp);
                }
            }
        })));
    }

    /// <summary>Takes one key in a hundred again.</summary>
    /// <returns>How many, and for how many of them the token was not larger than before.</returns>
    public async Task<(int Taken, int NotLarger)> TakeAgainAsync()
    {
        var before = new Dictionary<string, long>(_tokens);
        var notLarger = 0;
        foreach (var (key, token) in before)
        {
            await using var handle = await locks.AcquireAsync(key);
            notLarger += handle.FencingToken > token ? 0 : 1;
        }

        return (before.Count, notLarger);
    }

    private async Task TakeOneAsync(int index)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"{prefix}/{index}");
        await using var handle = await locks.AcquireAsync(key);
        Interlocked.Increment(ref _taken);
        if (index % SampleEvery != 0)
            return;
        lock (_gate)
            _tokens[key] = handle.FencingToken;
    }
}
