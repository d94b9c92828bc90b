using System.Globalization;

namespace LockGrains.Benchmarks;

/// <summary>One-time keys at full speed: what store and silos take, minute by minute.</summary>
internal sealed class Soak(ForgetOptions options, Farm farm)
{
    // Longer than the greatest number of keys that a run reaches.
    private const int Endless = int.MaxValue - 1_000;

    // How much the later half of the steady time may be above the earlier.
    private const double Flat = 1.2;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(15);

    private readonly List<Sample> _samples = [];

    public async Task<bool> RunAsync()
    {
        await farm.StartSilosAsync(farm.Store.Silos);
        var keys = new OneTimeKeys(await farm.ConnectAsync(), "soak");
        using var stop = new CancellationTokenSource();
        var startedAt = Clock.Now;
        var taking = keys.TakeAsync(Endless, stop.Token);
        while (Clock.Since(startedAt) < options.Soak && !taking.IsCompleted)
        {
            await Task.WhenAny(Clock.DelayAsync(Look), taking);
            var (live, resident) = await farm.ReadMemoryAsync(collect: false);
            _samples.Add(new Sample(
                Clock.Since(startedAt).TotalMinutes, keys.Taken, await farm.Store.CountAsync() ?? 0, Mib(await farm.Store.ReadSizeAsync()), Mib(live), Mib(resident)));
            Console.WriteLine(_samples[^1].ToString());
        }

        await stop.CancelAsync();
        await taking;
        return await ReportAsync();
    }

    private static double Mib(long bytes) => bytes / 1048576.0;

    private async Task<bool> ReportAsync()
    {
        var plot = new LinePlot($"One-time keys at full speed, {options.Storage}", "minutes", "MiB; thousands") { IsLinear = true };
        foreach (var sample in _samples)
        {
            plot.Add("records, thousands", sample.Minutes, sample.Records / 1000.0);
            plot.Add("store, MiB", sample.Minutes, sample.Store);
            plot.Add("silos resident, MiB", sample.Minutes, sample.Resident);
        }

        if (options.Out is { } folder)
        {
            Directory.CreateDirectory(folder);
            await File.WriteAllTextAsync(Path.Combine(folder, $"forget-{options.Storage}.svg"), plot.ToSvg());
        }

        // Steady is what comes after the first keys were forgotten.
        var steady = _samples.Where(sample => sample.Minutes > options.ForgetAfter.TotalMinutes + 2).ToList();
        var (early, late) = (steady.Take(steady.Count / 2).ToList(), steady.Skip(steady.Count / 2).ToList());
        var isFlat = true;
        foreach (var (name, read) in Series())
        {
            var (before, after) = (early.Average(read), late.Average(read));
            isFlat &= after <= Flat * before;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {before:N0} in the earlier half of the steady time, {after:N0} in the later"));
        }

        return isFlat;
    }

    private static IEnumerable<(string Name, Func<Sample, double> Read)> Series() =>
        [("records", sample => sample.Records), ("store, MiB", sample => sample.Store), ("silos resident, MiB", sample => sample.Resident)];

    private sealed record Sample(double Minutes, int Taken, long Records, double Store, double Live, double Resident)
    {
        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{Minutes,5:0.0} min: {Taken:N0} keys; records {Records:N0}; store {Store:N0} MiB; silos heap {Live:N0} MiB, resident {Resident:N0} MiB");
    }
}
