using LockGrains.Client.Tests.Fakes;
using Microsoft.Extensions.Logging;

namespace LockGrains.Client.Tests.Watch;

/// <summary>A client as it ships, on the system's clock. The tests wait for events alone; how soon they come is the starved run's matter.</summary>
public sealed class SystemClockTests : IDisposable
{
    private static readonly LockClientOptions Options = new() { Lease = TimeSpan.FromMilliseconds(300) };

    private readonly ScriptedLockGrain _grain = new();
    private readonly ManualResetEventSlim _blocked = new();

    public SystemClockTests() => _grain.Acquire.Otherwise = Replies.Granted(validForSeconds: 0.3);

    public void Dispose()
    {
        _blocked.Set();
        _blocked.Dispose();
    }

    [Fact]
    public async Task Handle_RenewalsHang_IsToldAtRiskAndLost()
    {
        _grain.Renew.Otherwise = null;
        await using var client = LockClient.Create(new OrleansTransport(_ => _grain), Options);
        var handle = await client.AcquireAsync("k");
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(handle.HandleLostToken);

        await handle.AtRiskToken.WhenCancelledAsync("the risk");
        await linked.Token.WhenCancelledAsync("the loss");
        Assert.Throws<LockLostException>(handle.ThrowIfLost);
        Assert.Equal(ReleaseOutcome.NotHeld, await handle.ReleaseAsync());
    }

    [Fact]
    public async Task Handle_RenewalIsDue_IsRenewed()
    {
        // Long enough for a machine that is busy with other tests: a lease of 5 s is renewed after 1.6 s.
        _grain.Acquire.Otherwise = Replies.Granted(validForSeconds: 5);
        _grain.Renew.Otherwise = Replies.Renewed(validForSeconds: 3600);
        await using var client = LockClient.Create(new OrleansTransport(_ => _grain), Options);
        var handle = await client.AcquireAsync("k");
        await _grain.Renew.WhenCalledAsync();

        Assert.True(await handle.VerifyAsync());
        Assert.Equal(ReleaseOutcome.Released, await handle.ReleaseAsync());
    }

    [Fact]
    public async Task Losses_LogThatBlocks_AreToldAllTheSame()
    {
        using var log = new BlockingLog(_blocked);
        await using var client = LockClient.Create(new OrleansTransport(_ => _grain), Options, loggerFactory: log);
        var handles = new List<LockHandle>();
        for (var i = 0; i < 8; i++)
            handles.Add(await client.AcquireAsync("k", options: new AcquireOptions { Renew = false }));
        var tokens = handles.Select(handle => handle.HandleLostToken).ToList();

        foreach (var token in tokens)
            await token.WhenCancelledAsync("a loss beside a log that blocks");
        _blocked.Set();
    }

    [Fact]
    public async Task Losses_CallbackThatBlocks_AreToldAllTheSame()
    {
        await using var client = LockClient.Create(new OrleansTransport(_ => _grain), Options);
        var first = await client.AcquireAsync("k", options: new AcquireOptions { Renew = false });
        await using var blocked = first.HandleLostToken.Register(_blocked.Wait);
        var second = await client.AcquireAsync("k", options: new AcquireOptions { Renew = false });

        await second.HandleLostToken.WhenCancelledAsync("a loss beside a callback that blocks");
        _blocked.Set();
        GC.KeepAlive(first);
    }

    private sealed class BlockingLog(ManualResetEventSlim gate) : ILoggerFactory, ILogger
    {
        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => gate.Wait();

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
