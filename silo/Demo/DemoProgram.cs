namespace LockGrains.Silo.Demo;

/// <summary>
/// One of the programs that contend in the demo. It is a process of its own, so that one which is killed is really gone: nothing releases its locks.
/// </summary>
internal sealed class DemoProgram : IAsyncDisposable
{
    /// <summary>The argument that makes this program one of them: then follow its name and the URL of the API.</summary>
    public const string Argument = "demo-program";

    /// <summary>Short, so that one sees what comes of a kill.</summary>
    public static TimeSpan Lease { get; } = TimeSpan.FromSeconds(6);

    private const int StayMinSeconds = 25;
    private const int StayMaxSeconds = 90;

    private readonly LockClient _locks;
    private readonly CancellationTokenSource _leaving;

    private DemoProgram(string name, string url, TimeSpan stay)
    {
        _locks = LockClient.Create(new HttpLockClientOptions { Servers = [url] }, new LockClientOptions { OwnerId = name, Lease = Lease });
        _leaving = new CancellationTokenSource(stay, TimeProvider.System);
    }

    /// <summary>How long one of them stays. It differs, so that they do not leave together.</summary>
    public static TimeSpan DrawStay() => Seconds(StayMinSeconds, StayMaxSeconds);

    /// <summary>Contends until it has stayed long enough, or whoever started it has gone.</summary>
    /// <param name="name">Its name, which the locks show.</param>
    /// <param name="url">The API.</param>
    /// <param name="stay">How long it stays.</param>
    /// <param name="input">Ends when whoever started it has gone.</param>
    public static async Task<int> RunAsync(string name, string url, TimeSpan stay, TextReader input)
    {
        await using var program = new DemoProgram(name, url, stay);
        var work = program.WorkAsync();

        // The console reads with the caller's thread, whatever it is asked for.
        await Task.WhenAny(work, Task.Run(input.ReadToEnd));
        await program._leaving.CancelAsync();
        await work;
        return 0;
    }

    public async ValueTask DisposeAsync()
    {
        await _locks.DisposeAsync();
        _leaving.Dispose();
    }

    private Task WorkAsync() => Task.WhenAll(
        RepeatAsync(HoldOrderAsync, pauseMost: 4),
        RepeatAsync(UseReportAsync, pauseMost: 5),
        RepeatAsync(UsePoolAsync, pauseMost: 3),
        RepeatAsync(LeadAsync, pauseMost: 2));

    private async Task HoldOrderAsync(CancellationToken leaving)
    {
        await using var order = await _locks.AcquireAsync(DemoKeys.Order, cancellationToken: leaving);
        await HoldAsync(order, Seconds(0.5, 2.5), leaving);
    }

    private async Task UseReportAsync(CancellationToken leaving)
    {
        // One in five writes.
        var isWriter = Random.Shared.Next(5) == 0;
        await using var report = isWriter
            ? await _locks.AcquireAsync(DemoKeys.Report, cancellationToken: leaving)
            : await _locks.AcquireSharedAsync(DemoKeys.Report, cancellationToken: leaving);
        await HoldAsync(report, isWriter ? Seconds(0.5, 1.5) : Seconds(1, 3), leaving);
    }

    private async Task UsePoolAsync(CancellationToken leaving)
    {
        var permits = Random.Shared.Next(1, DemoKeys.PoolLimit);
        await using var some = await _locks.AcquirePermitsAsync(DemoKeys.Pool, permits, DemoKeys.PoolLimit, cancellationToken: leaving);
        await HoldAsync(some, Seconds(1, 3), leaving);
    }

    private async Task LeadAsync(CancellationToken leaving)
    {
        await using var leader = await _locks.AcquireAsync(DemoKeys.Leader, cancellationToken: leaving);
        await HoldAsync(leader, Seconds(8, 15), leaving);
    }

    // It works until it is done, must leave, or has lost the lock.
    private static async Task HoldAsync(LockHandle handle, TimeSpan time, CancellationToken leaving)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(leaving, handle.HandleLostToken);
        await Task.Delay(time, TimeProvider.System, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RepeatAsync(Func<CancellationToken, Task> work, double pauseMost)
    {
        while (!_leaving.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(Seconds(0.5, pauseMost), TimeProvider.System, _leaving.Token);
                await work(_leaving.Token);
            }
            catch (OperationCanceledException) when (_leaving.IsCancellationRequested)
            {
                // It leaves.
            }
            catch (Exception exception) when (exception is LockUnavailableException or LockLostException or TimeoutException)
            {
                // The next round tries again.
            }
        }
    }

    private static TimeSpan Seconds(double least, double most) => TimeSpan.FromSeconds(least + (Random.Shared.NextDouble() * (most - least)));
}
