using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>
/// A process that holds a lock, and then blocks every thread of its pool, so that nothing is renewed and no callback begins there. It says
/// when its tokens were cancelled all the same. It does so from its main thread, which is none of the pool's.
/// </summary>
internal static class StarvedHolder
{
    public const string Holding = "holding";
    public const string Starved = "starved";
    public const string Told = "told";

    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    private const int Threads = 200;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static int Run(WorkerOptions options)
    {
        using var starving = new ManualResetEventSlim();
        using var ending = StandardInput.WhenClosed(_ => starving.Set());
        using var host = Worker.BuildClient(options.Cluster, options.Service, options.Store, orleans =>
            orleans.Services.Configure<LockClientOptions>(client => client.SafetyMargin = options.SafetyMargin));
        var handle = TakeAsync(host, options.Name).GetAwaiter().GetResult();

        // A linked token is a callback on the other; each notes when it is called.
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(handle.HandleLostToken);
        using var token = new Stamp(handle.HandleLostToken);
        using var linkedToken = new Stamp(linked.Token);
        Console.WriteLine(Holding);
        starving.Wait(ending.Token);
        BlockThePool();
        var deadline = Clock.Now + Clock.Nanoseconds(handle.Remaining);
        Console.WriteLine(Starved);
        var isTold = token.Wait(Patience) & linkedToken.Wait(Patience);
        Console.WriteLine(isTold ? string.Create(CultureInfo.InvariantCulture, $"{Told} {token.At} {linkedToken.At} {deadline}") : $"{Told} nothing");
        ending.Token.WaitHandle.WaitOne(Patience);
        return isTold ? 0 : 1;
    }

    private static async Task<LockHandle> TakeAsync(IHost host, string key)
    {
        await host.StartAsync();
        var locks = host.Services.GetRequiredService<ILockClient>();
        return await locks.AcquireAsync(key, options: new AcquireOptions { Lease = Lease });
    }

    /// <summary>The pool has no thread more than these, and they never come back.</summary>
    private static void BlockThePool()
    {
        if (!ThreadPool.SetMinThreads(Threads, Threads) || !ThreadPool.SetMaxThreads(Threads, Threads))
            throw new ChaosException($"The pool cannot be made one of {Threads} threads.");
        using var blocked = new CountdownEvent(Threads);
        for (var thread = 0; thread < Threads; thread++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static blocked =>
                {
                    blocked.Signal();
                    new ManualResetEventSlim().Wait();
                },
                blocked,
                preferLocal: false);
        }

        blocked.Wait();
    }

    /// <summary>Notes when a token is cancelled.</summary>
    private sealed class Stamp : IDisposable
    {
        private readonly ManualResetEventSlim _set = new();
        private readonly CancellationTokenRegistration _registration;

        public Stamp(CancellationToken token) => _registration = token.Register(() =>
        {
            At = Clock.Now;
            _set.Set();
        });

        public long At { get; private set; }

        public bool Wait(TimeSpan patience) => _set.Wait(patience);

        public void Dispose()
        {
            _registration.Dispose();
            _set.Dispose();
        }
    }
}
