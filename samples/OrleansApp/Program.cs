using LockGrains;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// Ten tellers are grains, and each is called at once. The account lies outside of them, as a service or a file would.
// A grain serialises its own calls, but not those of the others: the lock lets in one teller at a time.
var builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Error);
builder.UseOrleans(silo => silo
    .UseLocalhostClustering()
    .UseLockGrainsDefaults()
    .AddLockGrains()
    .AddLockGrainsMemoryStorage());
builder.Services.AddLockGrainsClient(); // ILockClient for everything in this host, grains included
builder.Services.AddSingleton<Account>();
using var host = builder.Build();
await host.StartAsync();

var grains = host.Services.GetRequiredService<IGrainFactory>();
await Task.WhenAll(Enumerable.Range(1, 10).Select(number => grains.GetGrain<ITellerGrain>($"teller {number}").PayInAsync(10)));

var account = host.Services.GetRequiredService<Account>();
Console.WriteLine($"10 tellers paid in 10 each. The account has {account.Balance}.");
Console.WriteLine($"It refused {account.Refused} writes.");
await host.StopAsync();

internal interface ITellerGrain : IGrainWithStringKey
{
    Task PayInAsync(int amount);
}

internal sealed class TellerGrain(ILockClient locks, Account account) : Grain, ITellerGrain
{
    public async Task PayInAsync(int amount)
    {
        // A limit below the response time-out of the call to this grain: its caller would not wait any longer.
        await using var handle = await locks.AcquireAsync("account", wait: TimeSpan.FromSeconds(15));
        var balance = account.Balance;
        await Task.Yield(); // others run here, and would read the same balance
        account.Write(balance + amount, handle.FencingToken);
    }
}

/// <summary>What the lock protects. It knows nothing of locks but the highest token that it has seen.</summary>
internal sealed class Account
{
    private readonly Lock _gate = new();
    private long _highestToken;

    public int Balance { get; private set; }

    public int Refused { get; private set; }

    public void Write(int balance, long fencingToken)
    {
        lock (_gate)
        {
            if (fencingToken < _highestToken)
            {
                Refused++;
                return;
            }

            _highestToken = fencingToken;
            Balance = balance;
        }
    }
}
