using System.Runtime.InteropServices;

namespace LockGrains.Chaos;

/// <summary>The program: a cluster, a load, a run of faults, a report; and an end that leaves nothing behind.</summary>
internal static class Chaos
{
    public static async Task<int> RunAsync(ChaosOptions options, TextWriter output)
    {
        using var stopping = new CancellationTokenSource();
        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        await using var cluster = new ChaosCluster(options);
        try
        {
            if (options.IsList)
                return await ListAsync(cluster, output);
            await cluster.StartAsync(stopping.Token);
            if (options.Show is not null)
                return await Show.Make(cluster, output).RunAsync(stopping.Token);
            if (options.IsForgetting)
            {
                await using var forgetting = new ForgettingRun(cluster, output);
                return await forgetting.RunAsync(stopping.Token);
            }

            if (options.Load == LoadKind.Document)
                return await new ReadersRun(new OneKeyRun(cluster, output)).RunAsync(stopping.Token);
            if (options.Load == LoadKind.Pool)
                return await new SemaphoreRun(new OneKeyRun(cluster, output)).RunAsync(stopping.Token);
            var run = new ChaosRun(cluster, output);
            await run.RunAsync(stopping.Token);
            var report = new Report(options, run);
            await report.WriteAsync(output);
            return cluster.History.Judge.Broken.Count > 0 ? 1 : run.IsWhole ? 0 : 2;
        }
        catch (OperationCanceledException)
        {
            await output.WriteLineAsync("stopped");
            return 2;
        }
        catch (Exception exception)
        {
            await output.WriteLineAsync($"the run went wrong: {(exception is ChaosException ? exception.Message : exception)}");
            return 2;
        }

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stopping.Cancel();
        }
    }

    private static async Task<int> ListAsync(ChaosCluster cluster, TextWriter output)
    {
        await cluster.PrepareAsync();
        var faults = FaultCatalogue.For(cluster.Options.Storage);
        foreach (var fault in faults)
        {
            var obstacle = fault.FindObstacle(cluster);
            await output.WriteLineAsync($"{fault.Name,-28} {fault.Describe}{(obstacle is null ? "" : $" [left out: {obstacle}]")}");
        }

        await output.WriteLineAsync($"{faults.Count} kinds");
        return 0;
    }
}
