using System.Globalization;

namespace LockGrains.Simulation;

/// <summary>What happened in a world, for people. Only kept when somebody will read it.</summary>
internal sealed class Timeline(EventLoop loop)
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    public static string Time(long ticks) => (ticks / (double)TimeSpan.TicksPerSecond).ToString("0.0000", CultureInfo.InvariantCulture) + "s";

    public void Add(string who, string what) => _lines.Add(string.Create(CultureInfo.InvariantCulture, $"{Time(loop.Now),12}  {who,-9} {what}"));
}
