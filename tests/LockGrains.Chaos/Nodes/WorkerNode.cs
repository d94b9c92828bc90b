using System.Globalization;
using System.Net;

namespace LockGrains.Chaos;

/// <summary>A process of clients outside the cluster.</summary>
internal sealed class WorkerNode(string name, Place place, WorkerCommand command, Action<string, string> onLine, Action<string> onEnded) : IDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);

    private Child? _process;

    public string Name => name;

    public Place Place => place;

    public bool IsRunning => _process is { IsRunning: true };

    public int Starts { get; private set; }

    /// <summary>The name of the history that it writes, and its owner's label.</summary>
    public string HistoryName => string.Create(CultureInfo.InvariantCulture, $"{name}.{Starts}");

    public Child Process => _process ?? throw new ChaosException($"{name} was never started.");

    public Dictionary<string, string> Environment { get; } = [];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _process?.Dispose();
        Starts++;
        var history = HistoryName;
        var started = Child.Start(history, place.Command(command.ToCommand(history, Starts)), Environment, line => onLine(history, line));
        _process = started;
        _ = started.Ended.ContinueWith(_ => onEnded(history), TaskScheduler.Default);
        await started.WhenLineAsync(Worker.Ready, StartPatience, cancellationToken);
    }

    public void Kill() => _process?.Signal(Posix.SigKill);

    public void Pause() => _process?.Signal(Posix.SigStop);

    public void Continue() => _process?.Signal(Posix.SigCont);

    /// <summary>Lets it end in good order: it releases and cancels what it has.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Process.CloseInput();
        await Process.WhenEndedAsync(StopPatience, cancellationToken);
    }

    public void Dispose() => _process?.Dispose();
}

/// <summary>How a worker is started.</summary>
internal sealed record WorkerCommand(string Verb, string Cluster, string Service, StoreLink Store, IPEndPoint Resource, int Seed, int Number)
{
    /// <summary>Where the HTTP API is, for those who use it.</summary>
    public IReadOnlyList<Uri> Servers { get; init; } = [];

    public IReadOnlyList<string> ToCommand(string name, int starts) =>
    [
        "dotnet", SiloCommand.OwnProgram, Verb, "--name", name, "--cluster", Cluster, "--service", Service, .. Store.Arguments,
        "--resource", $"{Resource}", "--seed", Text(Seed + (1000 * starts)), Verb == "crowd" ? "--handles" : "--contenders", Text(Number),
        .. Servers.Count > 0 ? ["--servers", string.Join(',', Servers)] : Array.Empty<string>(),
    ];

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
