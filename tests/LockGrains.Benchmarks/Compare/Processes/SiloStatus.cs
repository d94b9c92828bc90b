using System.Globalization;

namespace LockGrains.Benchmarks;

/// <summary>What the probe in a silo (StartupHook) tells, and the processor time that the system tells.</summary>
internal sealed record SiloStatus(long Allocated, long Heap, long WorkingSet, long MessagesSent, TimeSpan ProcessorTime)
{
    public static SiloStatus Parse(string line, TimeSpan processorTime)
    {
        var numbers = line.Split(' ').Skip(2).Select(text => long.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        return new SiloStatus(numbers[0], numbers[1], numbers[2], numbers[3], processorTime);
    }

    public SiloStatus Since(SiloStatus start) => new(
        Allocated - start.Allocated, Heap - start.Heap, WorkingSet - start.WorkingSet, MessagesSent - start.MessagesSent, ProcessorTime - start.ProcessorTime);
}
