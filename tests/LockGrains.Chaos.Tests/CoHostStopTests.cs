using System.Diagnostics.CodeAnalysis;
using System.Net;
using Xunit.Abstractions;

namespace LockGrains.Chaos.Tests;

/// <summary>
/// Two silos with callers in them, as processes. One after the other is told to stop (SIGTERM) and comes again, while the callers of both use
/// the same locks.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "xunit calls DisposeAsync.")]
public sealed class CoHostStopTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Stops = 4;
    private const int Contenders = 3;

    private static readonly Place Here = new("here", IPAddress.Loopback, null);
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    private readonly string _id = $"cohosts{Environment.ProcessId}";
    private readonly TempFolder _folder = new();
    private readonly History _history = new();
    private readonly List<SiloNode> _silos = [];
    private ResourceNode? _resource;
    private RedisNode? _redis;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var silo in _silos)
            await silo.DisposeAsync();
        _resource?.Dispose();
        if (_redis is not null)
            await _redis.DisposeAsync();
        _folder.Dispose();
    }

    [RequiresFact("redis-server")]
    public async Task Stop_CallersInBoth_NoneSeesAnError()
    {
        await StartAllAsync();
        for (var stop = 0; stop < Stops; stop++)
        {
            var silo = _silos[stop % _silos.Count];
            await ExpectGrantsAsync("before the stop");
            var name = silo.HistoryName;
            var toldAt = Clock.Now;
            await silo.StopAsync(CancellationToken.None);
            output.WriteLine($"{name} ended in {Clock.Seconds(Clock.Now - toldAt):0.0} s");
            Assert.True(silo.Process.ExitCode == 0, silo.Process.Describe());
            _history.OnEnded(name);
            await ExpectGrantsAsync("beside the silo that stays");
            await StartAsync(silo);
        }

        await ExpectGrantsAsync("at the end");
        _history.JudgeWhatIsKnown();
        output.WriteLine($"{_history.Operations} operations, {_history.Judge.Grants} grants");
        Assert.Empty(_history.Failures);
        Assert.Empty(_history.Judge.Broken);
        Assert.True(_history.Judge.Grants > 0, "Nothing was judged.");
    }

    private async Task StartAllAsync()
    {
        _redis = new RedisNode(Here, _folder.Path, FreePort.Find());
        await _redis.StartAsync(CancellationToken.None);
        _resource = new ResourceNode(Here, FreePort.Find(), _history.OnLine);
        _history.Add(ResourceNode.HistoryName);
        await _resource.StartAsync(CancellationToken.None);
        for (var number = 1; number <= 2; number++)
        {
            var command = SiloCommand.Create(_id, _id) with { IsCoHosted = true, Resource = _resource.EndPoint, Seed = number * 1000, Contenders = Contenders };
            _silos.Add(new SiloNode($"cohost-{number}", Here, command, _redis.Link, _redis.EndPoint, proxy: null, _history.OnLine));
            await StartAsync(_silos[^1]);
        }
    }

    private Task StartAsync(SiloNode silo)
    {
        _history.Add($"{silo.Name}.{silo.Starts + 1}");
        return silo.StartAsync(CancellationToken.None);
    }

    private async Task ExpectGrantsAsync(string when)
    {
        var missing = await _history.WhenGrantedAsync(LoadKeys.HotInside, Clock.Now, Guard, CancellationToken.None);
        Assert.True(missing.Count == 0, $"No grants {when}: {string.Join(", ", missing)}.");
    }
}
