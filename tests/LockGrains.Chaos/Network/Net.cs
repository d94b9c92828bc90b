using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace LockGrains.Chaos;

/// <summary>
/// The network of one run: a bridge, and a namespace for each process; or loopback where the machine does not allow that. Names carry the
/// process id, so that several runs do not meet and a later one can clear away what a killed one left.
/// </summary>
internal sealed class Net : IAsyncDisposable
{
    private const string Prefix = "lgc";

    private readonly string _id;
    private readonly int _subnet;
    private readonly List<Place> _places = [];
    private readonly HashSet<string> _cut = [];
    private readonly Lock _gate = new();
    private int _joined;

    private Net(string id, int subnet, string? obstacle)
    {
        _id = id;
        _subnet = subnet;
        Obstacle = obstacle;
        Host = obstacle is null ? Address(1) : IPAddress.Loopback;
    }

    /// <summary>Why there are no namespaces; null when there are.</summary>
    public string? Obstacle { get; }

    /// <summary>Where this process is reached by all.</summary>
    public IPAddress Host { get; }

    public static async Task<Net> CreateAsync(bool wantsNamespaces)
    {
        await ClearStaleAsync();
        var id = $"{Prefix}{Environment.ProcessId}";
        var subnet = Environment.ProcessId % 65_000;
        if (!wantsNamespaces)
            return new Net(id, subnet, "not asked for (--loopback)");
        var net = new Net(id, subnet, null);
        if (await net.TryBuildAsync() is not { } obstacle)
            return net;
        await net.DisposeAsync();
        return new Net(id, subnet, obstacle);
    }

    /// <summary>Makes a place for a process.</summary>
    public async Task<Place> JoinAsync(string name)
    {
        if (Obstacle is not null)
            return new Place(name, IPAddress.Loopback, null);
        var number = Interlocked.Increment(ref _joined) + 1;
        var place = new Place(name, Address(number), string.Create(CultureInfo.InvariantCulture, $"{_id}n{number}"));
        lock (_gate)
            _places.Add(place);
        var (outer, inner) = (Link(place.Namespace!), "eth0");
        string[][] commands =
        [
            ["ip", "netns", "add", place.Namespace!],
            ["ip", "link", "add", outer, "type", "veth", "peer", "name", inner, "netns", place.Namespace!],
            ["ip", "link", "set", outer, "master", _id, "up"],
            ["ip", "-n", place.Namespace!, "addr", "add", $"{place.Address}/24", "dev", inner],
            ["ip", "-n", place.Namespace!, "link", "set", inner, "up"],
            ["ip", "-n", place.Namespace!, "link", "set", "lo", "up"],
        ];
        foreach (var command in commands)
            await Shell.RunAsync(command);
        return place;
    }

    /// <summary>Drops packets at a place from now on, in the stead of what was cut there before.</summary>
    public async Task CutAsync(Place place, Cut cut, CancellationToken cancellationToken)
    {
        await HealAsync(place);
        lock (_gate)
            _cut.Add(place.Namespace!);
        await Shell.RunAsync(place.Command(["nft", "-f", "-"]), cut.ToRules(), cancellationToken);
    }

    /// <summary>Lets all packets through again.</summary>
    public async Task HealAsync(Place place)
    {
        bool wasCut;
        lock (_gate)
            wasCut = place.Namespace is not null && _cut.Remove(place.Namespace);
        if (wasCut)
            await Shell.TryAsync(place.Command(["nft", "delete", "table", "inet", "chaos"]));
    }

    public async Task HealAllAsync()
    {
        List<Place> cut;
        lock (_gate)
            cut = [.. _places.Where(place => _cut.Contains(place.Namespace!))];
        await Task.WhenAll(cut.Select(HealAsync));
    }

    public async ValueTask DisposeAsync()
    {
        if (Obstacle is not null)
            return;
        List<Place> places;
        lock (_gate)
            places = [.. _places];
        foreach (var place in places)
            await ClearNamespaceAsync(place.Namespace!);
        await Shell.TryAsync(["ip", "link", "delete", _id]);
    }

    private async Task<string?> TryBuildAsync()
    {
        string[][] commands =
        [
            ["ip", "link", "add", _id, "type", "bridge"],
            ["ip", "addr", "add", $"{Host}/24", "dev", _id],
            ["ip", "link", "set", _id, "up"],
        ];
        foreach (var command in commands)
        {
            if (await Shell.TryAsync(command) is { } problem)
                return problem;
        }

        try
        {
            var probe = await JoinAsync("probe");
            return await Shell.TryAsync(probe.Command(["nft", "-f", "-"]), new Cut(null).ToRules());
        }
        catch (ChaosException exception)
        {
            return exception.Message;
        }
    }

    private static async Task ClearStaleAsync()
    {
        var names = (await Shell.ReadAsync("ip", "netns", "list")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]);
        foreach (var name in names.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            if (IsStale(name.Split('n')[0]))
                await ClearNamespaceAsync(name);
        }

        foreach (var type in (string[])["veth", "bridge"])
        {
            // A link is told as name@peer.
            var links = (await Shell.ReadAsync("ip", "-br", "link", "show", "type", type)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', '@')[0]);
            foreach (var link in links.Where(link => link.StartsWith(Prefix, StringComparison.Ordinal) && IsStale(link.Split('v')[0])))
                await Shell.TryAsync(["ip", "link", "delete", link]);
        }
    }

    private static bool IsStale(string id) =>
        int.TryParse(id.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
        && !Process.GetProcesses().Any(process => process.Id == pid);

    // A namespace without a name lives on for as long as the kernel has a socket or a process to end in it, and its link with it: the link
    // goes first, or the next one of that name would find it there.
    private static async Task ClearNamespaceAsync(string name)
    {
        foreach (var line in (await Shell.ReadAsync("ip", "netns", "pids", name)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            _ = Posix.Kill(int.Parse(line, CultureInfo.InvariantCulture), Posix.SigKill);
        await Shell.TryAsync(["ip", "link", "delete", Link(name)]);
        await Shell.TryAsync(["ip", "netns", "delete", name]);
    }

    // The end of a namespace's link that is outside.
    private static string Link(string name) => name.Replace('n', 'v');

    private IPAddress Address(int host) => new([10, (byte)(_subnet >> 8), (byte)_subnet, (byte)host]);
}
