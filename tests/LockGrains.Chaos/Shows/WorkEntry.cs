using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>One line of the file that leaders append to.</summary>
/// <param name="Token">The fencing token of the leadership.</param>
/// <param name="Name">The process.</param>
/// <param name="At">When it was about to write, by the clock of all processes.</param>
internal readonly record struct WorkEntry(long Token, string Name, long At)
{
    public static WorkEntry Parse(string line)
    {
        var words = line.Split(' ');
        return new WorkEntry(long.Parse(words[0], CultureInfo.InvariantCulture), words[1], long.Parse(words[2], CultureInfo.InvariantCulture));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Token} {Name} {At}");
}
