using LockGrains.Core;
using LockGrains.Storage.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LockGrains.Docs.Tests.Examples;

/// <summary>A storage that somebody else wrote: in a silo, and under the kit.</summary>
internal static class OwnStorage
{
    public static void AddTo(ISiloBuilder silo, ILockStoreProvider stores)
    {
        silo.UseLockGrainsDefaults().AddLockGrains();
        silo.Services.AddKeyedSingleton<ILockStoreProvider>(LockGrainOptions.DefaultStorageName, stores);
    }

    public static IHost SiloByItself(string[] args)
    {
        var builder = Host.CreateApplicationBuilder(args);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering().UseLockGrainsDefaults().AddLockGrains();
            silo.AddLockGrainsSqliteStorage("/var/lib/orders/locks.db");
        });
        return builder.Build();
    }

    public static async Task TryAsync(
        Func<CancellationToken, ValueTask<ILockStoreProvider>> connectAsync, Func<CancellationToken, Task> crashAsync)
    {
        var kit = new StoreConformance(new StoreUnderTest { ConnectAsync = connectAsync, CrashAsync = crashAsync });
        var report = await kit.RunAllAsync();
        Console.WriteLine(report);
        report.ThrowIfFailed();
    }
}
