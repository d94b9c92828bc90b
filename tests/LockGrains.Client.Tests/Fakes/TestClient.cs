using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using LockGrains.TestKit;

namespace LockGrains.Client.Tests.Fakes;

/// <summary>
/// A client with one scripted lock, and others where a test wants them, on manual time. The jitter is 0 unless the test says otherwise, so every delay is known: a
/// lease of 30 s is guaranteed for 29.4 s (1 % drift, 1 % margin), renewed after 9.8 s, at risk after 19.6 s; a retry comes after
/// 50 ms.
/// </summary>
internal sealed class TestClient
{
    public const string Key = "orders/42";

    public static readonly TimeSpan Guaranteed = TimeSpan.FromSeconds(29.4);
    public static readonly TimeSpan Third = TimeSpan.FromSeconds(9.8);
    public static readonly TimeSpan Slice = TimeSpan.FromSeconds(4);
    public static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(9);
    public static readonly TimeSpan BeatingSlice = TimeSpan.FromSeconds(60);
    public static readonly TimeSpan BeatPeriod = TimeSpan.FromSeconds(3);
    public static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(50);
    public static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, ScriptedLockGrain> _locks = new(StringComparer.Ordinal);

    public TestClient(Action<LockClientOptions>? configure = null, IMeterFactory? meterFactory = null, IRenewalPost? renewals = null, bool isLogOnTime = false, LeakWatch? leaks = null)
    {
        var options = new LockClientOptions { OwnerId = "tester" };
        configure?.Invoke(options);
        Gateways.NotifyGatewayCountChanged(currentNumberOfGateways: 3, previousNumberOfGateways: 0, connectionRecovered: true);
        Client = new LockClient(new OrleansTransport(key => _locks.GetValueOrDefault(key, Grain), Gateways, getCensus: () => Census), options, Time, Log, meterFactory, () => NextJitter(), renewals, isLogOnTime ? Time : null, leaks);
    }

    public GatewayWatch Gateways { get; } = new();

    public ManualTimeProvider Time { get; } = new();

    public ScriptedLockGrain Grain { get; } = new();

    public ScriptedCensus Census { get; } = new();

    public LogRecorder Log { get; } = new();

    public LockClient Client { get; }

    public Func<double> NextJitter { get; set; } = () => 0;

    /// <summary>A lock of its own for a key.</summary>
    public ScriptedLockGrain Lock(string key) => _locks.GetOrAdd(key, static _ => new ScriptedLockGrain());

    /// <summary>Waits until a timer is armed for exactly then, and goes there.</summary>
    public async Task AdvanceToTimerAsync(TimeSpan dueIn)
    {
        await Time.WhenTimerDueInAsync(dueIn);
        Time.Advance(dueIn);
    }

    /// <summary>A handle whose alarm is armed.</summary>
    public async Task<LockHandle> AcquireAsync(AcquireOptions? options = null)
    {
        Grain.Acquire.Reply(Replies.Granted());
        var handle = await Client.AcquireAsync(Key, options: options);
        if (options?.Renew != false)
            await WhenRenewalArmedAsync();
        return handle;
    }

    /// <summary>
    /// Completes when the next renewal is due in the first third of a full lease. The scripted grain answers at once: so the one
    /// before is over when its timer has fired.
    /// </summary>
    public Task WhenRenewalArmedAsync() => Time.WhenTimerDueInAsync(Third);
}
