using System.Globalization;
using LockGrains.Cli.Children;

namespace LockGrains.Cli.Guarding;

/// <summary>What the process of a guard is started with, as arguments.</summary>
internal sealed record GuardTerms
{
    /// <summary>The first argument of a guard. Nobody types it.</summary>
    public const string Verb = "--guard";

    private const string Separator = "--";
    private const int Count = 6;

    /// <summary>The descriptor that orders are read from. Its end means that lockgrains is gone.</summary>
    public required int Orders { get; init; }

    /// <summary>The descriptor that reports are written to.</summary>
    public required int Reports { get; init; }

    /// <summary>The process group of lockgrains, which has the terminal.</summary>
    public required int HomeGroup { get; init; }

    /// <summary>The soft limit of open files that the command gets.</summary>
    public required long OpenFiles { get; init; }

    public required TimeSpan Grace { get; init; }

    /// <summary>The arguments, up to the command's own.</summary>
    public IEnumerable<string> ToArguments() =>
    [
        Verb,
        .. new[] { Orders, Reports, HomeGroup, OpenFiles, Grace.Ticks }.Select(number => number.ToString(CultureInfo.InvariantCulture)),
        Separator,
    ];

    /// <summary>Reads them; null when these are not a guard's.</summary>
    /// <param name="args">All arguments of the process.</param>
    /// <param name="command">The command, as bytes.</param>
    public static GuardTerms? TryRead(string[] args, out IReadOnlyList<byte[]> command)
    {
        command = [];
        if (args is not [Verb, ..] || args.Length < Count + 2 || args[Count] != Separator)
            return null;

        var numbers = args[1..Count].Select(text => long.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        command = [.. RawText.OfArguments(args).Skip(Count + 1)];
        return new GuardTerms
        {
            Orders = (int)numbers[0],
            Reports = (int)numbers[1],
            HomeGroup = (int)numbers[2],
            OpenFiles = numbers[3],
            Grace = new TimeSpan(numbers[4]),
        };
    }
}
