using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LockGrains.TestKit.FreePorts;

/// <summary>Changes the services of every host that the program builds: the host says when it is built, as test hosts and tools use it.</summary>
internal sealed class HostWatch(Action<IServiceCollection> change) : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    private const string Hosting = "Microsoft.Extensions.Hosting";
    private const string Building = "HostBuilding";

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == Hosting)
            value.Subscribe(this, static name => name == Building);
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value is { Key: Building, Value: IHostBuilder host })
            host.ConfigureServices((_, services) => change(services));
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }
}
