using System.Globalization;
using System.Net;

namespace LockGrains.Chaos;

/// <summary>What a process of the load is told on its command line: <c>--name value</c> pairs.</summary>
internal sealed class WorkerOptions
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public WorkerOptions(IReadOnlyList<string> args)
    {
        for (var index = 0; index + 1 < args.Count; index += 2)
            _values[args[index]] = args[index + 1];
    }

    public string Name => _values["--name"];

    public string Cluster => _values["--cluster"];

    public string Service => _values["--service"];

    public StoreLink Store => StoreLink.Read(_values);

    public IPEndPoint Resource => IPEndPoint.Parse(_values["--resource"]);

    /// <summary>Where the HTTP API is.</summary>
    public IReadOnlyList<Uri> Servers => [.. _values["--servers"].Split(',').Select(server => new Uri(server))];

    public int Seed => Number("--seed");

    public int Contenders => Number("--contenders");

    public string Address => _values["--address"];

    public int SiloPort => Number("--silo-port");

    public int GatewayPort => Number("--gateway-port");

    public bool IsUnsafe => _values.ContainsKey("--unsafe");

    public int Handles => Number("--handles");

    public int Runs => Number("--runs");

    /// <summary>The file that a worker appends to.</summary>
    public string File => _values["--file"];

    /// <summary>How much of its lease a worker needs to stop; null for what the client takes.</summary>
    public TimeSpan? TimeToStop => _values.ContainsKey("--time-to-stop") ? TimeSpan.FromMilliseconds(Number("--time-to-stop")) : null;

    /// <summary>How long a worker that was told to stop goes on.</summary>
    public TimeSpan CleanUp => TimeSpan.FromMilliseconds(Number("--clean-up"));

    /// <summary>The one end that trees of processes are to have; null for any.</summary>
    public TreeEnd? End => _values.TryGetValue("--end", out var end) ? Enum.Parse<TreeEnd>(end) : null;

    /// <summary>What the client takes off a lease, in milliseconds; its own default when it is not given.</summary>
    public TimeSpan? SafetyMargin => _values.ContainsKey("--safety-margin") ? TimeSpan.FromMilliseconds(Number("--safety-margin")) : null;

    /// <summary>Another lockgrains than the one that was built, such as one that is known to be wrong.</summary>
    public string? Lockgrains => _values.GetValueOrDefault("--lockgrains");

    private int Number(string name) => _values.TryGetValue(name, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
}
