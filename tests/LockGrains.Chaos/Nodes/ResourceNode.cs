using System.Globalization;
using System.Net;

namespace LockGrains.Chaos;

/// <summary>The resource's process. It lives through the whole run: it is the judge's memory.</summary>
internal sealed class ResourceNode(Place place, int port, Action<string, string> onLine) : IDisposable
{
    public const string HistoryName = "resource";

    private Child? _process;

    public IPEndPoint EndPoint => new(place.Address, port);

    public bool IsRunning => _process is { IsRunning: true };

    public Task StartAsync(CancellationToken cancellationToken)
    {
        string[] command = ["dotnet", SiloCommand.OwnProgram, "resource", "--address", place.Address.ToString(), "--silo-port", port.ToString(CultureInfo.InvariantCulture)];
        _process = Child.Start(HistoryName, place.Command(command), onLine: line => onLine(HistoryName, line));
        return _process.WhenLineAsync(ResourceServer.Ready, TimeSpan.FromSeconds(30), cancellationToken);
    }

    public void Dispose() => _process?.Dispose();
}
