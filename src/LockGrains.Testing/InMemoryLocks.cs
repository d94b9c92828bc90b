using System.Globalization;
using LockGrains.Core;
using Microsoft.Extensions.Logging;

namespace LockGrains.Testing;

/// <summary>
/// Locks in memory, for tests of code that takes locks. The clients are those that programs use, and the locks decide as those of a silo
/// do, with its default settings; what is left out is the way between them, which <see cref="CutOff"/> can cut.
/// <example><code>
/// var clock = new FakeClock();
/// await using var locks = new InMemoryLocks(clock);
/// var work = clock.RunAsync(() => new Report(locks.CreateClient(), clock).RunAsync());
/// await clock.AdvanceAsync(TimeSpan.FromMinutes(1));
/// </code></example>
/// </summary>
public sealed class InMemoryLocks : IAsyncDisposable
{
    private readonly FakeClock? _clock;
    private readonly LockTable _table;
    private readonly Lock _gate = new();
    private readonly List<(LockClient Client, MemoryTransport Line)> _clients = [];

    /// <summary>Makes locks that nobody holds.</summary>
    /// <param name="clock">The clock of the locks and of all clients; null for the system's, so that leases and waits take their time.</param>
    public InMemoryLocks(FakeClock? clock = null)
    {
        _clock = clock;
        _table = new LockTable(clock);
    }

    /// <summary>
    /// Makes a client, which stands for a process of its own. Its <see cref="LockClientOptions.OwnerId"/> is <c>client-1</c>, <c>client-2</c> and
    /// so on. It may be disposed before the locks are.
    /// </summary>
    /// <param name="configure">Changes its settings; null for the defaults.</param>
    /// <param name="loggerFactory">Where it logs; null for nowhere.</param>
    public ILockClient CreateClient(Action<LockClientOptions>? configure = null, ILoggerFactory? loggerFactory = null)
    {
        var line = new MemoryTransport(_table, _clock);
        lock (_gate)
        {
            var options = new LockClientOptions { OwnerId = string.Create(CultureInfo.InvariantCulture, $"client-{_clients.Count + 1}") };
            configure?.Invoke(options);

            // Without chance a test on a fake clock is the same each time.
            var client = _clock is null
                ? new LockClient(line, options, loggerFactory: loggerFactory)
                : new LockClient(line, options, _clock, loggerFactory, nextJitter: static () => 0, watch: new PumpWatch(_clock));
            _clients.Add((client, line));
            return client;
        }
    }

    /// <summary>
    /// Takes a lock from its holder now: the next in line has it, and the holder's <see cref="LockHandle.HandleLostToken"/> is cancelled when the
    /// task completes. <see cref="ILockClient.RevokeAsync"/> does the same but for that: the holder learns of it at its next renewal.
    /// </summary>
    /// <param name="key">The lock's key.</param>
    /// <exception cref="InvalidOperationException">Nobody holds the lock.</exception>
    public async Task LoseAsync(string key)
    {
        LockKey.Validate(key);
        var revoked = new TaskCompletionSource<RevokeReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        _table.Call(LockName.Of(key), static coordinator => coordinator.ExecuteAsync(new LockCommand.Revoke(FencingToken.None), WireReplies.ToRevokeReply), made =>
        {
            if (made.IsCompletedSuccessfully)
                TellLost(key, made.Result.FencingToken);
            revoked.TrySetFromTask(made);
        });
        var reply = await revoked.Task.ConfigureAwait(false);
        if (reply.Status != RevokeStatus.Revoked)
            throw new InvalidOperationException($"Nobody holds the lock '{key}', so it cannot be lost.");

        if (_clock is not null)
            await _clock.WhenAtRestAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Lets nothing through to or from a client, as if its network were cut: its calls have no reply, and it loses what it holds by its own
    /// clock. The locks learn nothing of it.
    /// </summary>
    /// <param name="client">A client of these locks.</param>
    public void CutOff(ILockClient client) => LineOf(client).IsCut = true;

    /// <summary>Lets calls and replies through again. Those that were lost stay lost, and the client repeats them.</summary>
    /// <param name="client">A client of these locks.</param>
    public void Reconnect(ILockClient client) => LineOf(client).IsCut = false;

    /// <summary>
    /// Waits until a lock is as a test needs it, without moving the clock; for example until somebody waits: <c>info => info.QueueLength == 1</c>.
    /// </summary>
    /// <param name="key">The lock's key.</param>
    /// <param name="condition">Whether that is so. It is asked now, and whenever something happened to the lock.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The lock as it was then.</returns>
    public Task<LockInfo> WhenAsync(string key, Func<LockInfo, bool> condition, CancellationToken cancellationToken = default)
    {
        LockKey.Validate(key);
        ArgumentNullException.ThrowIfNull(condition);
        return _table.WhenAsync(LockName.Of(key), condition).WaitAsync(cancellationToken);
    }

    /// <summary>Disposes all clients and ends the locks. Waits end with <see cref="ObjectDisposedException"/>. The clock is not moved.</summary>
    public async ValueTask DisposeAsync()
    {
        LockClient[] clients;
        lock (_gate)
        {
            clients = [.. _clients.Select(one => one.Client)];

            // A client that is cut off would wait for replies to its cancels, on a clock that stands still.
            foreach (var (_, line) in _clients)
                line.IsCut = false;
        }

        if (_clock is null)
        {
            await Task.WhenAll(clients.Select(client => client.DisposeAsync().AsTask())).ConfigureAwait(false);
            _table.Stop();
            return;
        }

        foreach (var client in clients)
            client.Dispose();
        await _clock.WhenAtRestAsync().ConfigureAwait(false);
        _table.Stop();
        await _clock.WhenAtRestAsync().ConfigureAwait(false);
    }

    // All that were revoked have a token up to the largest of them; whoever has the lock by now has a larger one.
    private void TellLost(string key, long lastToken)
    {
        (LockClient Client, MemoryTransport Line)[] clients;
        lock (_gate) clients = [.. _clients];
        foreach (var (client, line) in clients)
        {
            foreach (var keeper in client.Held.Where(keeper => !line.IsCut && keeper.Key == key && keeper.FencingToken <= lastToken))
                keeper.OnNotHeld(EndReason.Revoked);
        }
    }

    private MemoryTransport LineOf(ILockClient client)
    {
        lock (_gate)
        {
            return _clients.Find(one => one.Client == client).Line
                ?? throw new ArgumentException($"This is no client that {nameof(CreateClient)} made here.", nameof(client));
        }
    }
}
