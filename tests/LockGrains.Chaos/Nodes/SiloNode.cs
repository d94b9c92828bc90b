using System.Globalization;
using System.Net;

namespace LockGrains.Chaos;

/// <summary>A silo: the shipped program, or one of this program's own with callers in it.</summary>
internal sealed class SiloNode(
    string name, Place place, SiloCommand command, StoreLink store, IPEndPoint storeEndPoint, RespProxy? proxy, Action<string, string>? onLine) : IAsyncDisposable
{
    public const string Ready = "silo ready";

    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(45);

    private Child? _process;

    public string Name => name;

    public Place Place => place;

    /// <summary>Where it reaches the storage; with Redis that is a proxy of its own.</summary>
    public IPEndPoint StoreEndPoint => storeEndPoint;

    /// <summary>Its way to Redis: what is done to that meets this silo alone.</summary>
    public RespProxy Proxy => proxy ?? throw new ChaosException($"{name} reaches its storage without a proxy.");

    public IPEndPoint EndPoint => new(place.Address, command.SiloPort);

    /// <summary>Where its HTTP API is.</summary>
    public Uri Api => new($"http://{place.Address}:{command.HttpPort}/v1/");

    public bool IsCoHosted => command.IsCoHosted;

    public bool IsRunning => _process is { IsRunning: true };

    /// <summary>How often it was started.</summary>
    public int Starts { get; private set; }

    public Child Process => _process ?? throw new ChaosException($"{name} was never started.");

    /// <summary>The name of the history that it writes, if it has callers.</summary>
    public string HistoryName => string.Create(CultureInfo.InvariantCulture, $"{name}.{Starts}");

    /// <summary>Variables for its next start, such as a clock of its own.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _process?.Dispose();
        Starts++;
        var history = HistoryName;
        var started = Child.Start(name, place.Command(command.ToCommand(place, store, history)), Environment, line => onLine?.Invoke(history, line));
        _process = started;
        await started.WhenLineAsync(Ready, StartPatience, cancellationToken);
    }

    public void Kill() => _process?.Signal(Posix.SigKill);

    public void Pause() => _process?.Signal(Posix.SigStop);

    public void Continue() => _process?.Signal(Posix.SigCont);

    /// <summary>Lets all pass between it and its storage.</summary>
    public void HealProxy()
    {
        if (proxy is not null)
            proxy.Rule = RespProxyRule.Pass;
    }

    /// <summary>Stops it in good order.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Process.Signal(Posix.SigTerm);
        await Process.WhenEndedAsync(StopPatience, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _process?.Dispose();
        if (proxy is not null)
            await proxy.DisposeAsync();
    }
}
