using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>A random tree of processes for a command, with the streams it is started with and the end of its hold. All of it comes from the seed.</summary>
internal sealed record Tree
{
    /// <summary>What every process of it has in its environment.</summary>
    public const string Mark = "LOCKGRAINS_TREE";

    private static readonly string[] AllStreams = ["", "2>/dev/full", "2>&-", "2>&- >&- <&-", "2>full", ">/dev/full 2>&1", "</dev/null >/dev/null 2>&1"];

    // Each writes its token to the resource for as long as it lives.
    private const string Work = "work() { while :; do echo $LOCK_FENCING_TOKEN >> resource; sleep 0.02; done; }; ";

    public required int Seed { get; init; }

    public required TreeEnd End { get; init; }

    /// <summary>The script of the command.</summary>
    public required string Script { get; init; }

    /// <summary>What the shell is told of the streams of lockgrains.</summary>
    public required string Streams { get; init; }

    public required int Signal { get; init; }

    public required TimeSpan Grace { get; init; }

    public static Tree Create(int seed)
    {
        var random = new Random(seed);
        var end = (TreeEnd)random.Next(Enum.GetValues<TreeEnd>().Length);
        var nodes = Enumerable.Range(0, 1 + random.Next(4)).Select(_ => Node(random, depth: 2));
        var last = end == TreeEnd.ByItself ? "sleep 0.3" : random.Next(3) switch { 0 => "work", 1 => "wait; work", _ => "while :; do sleep 1; done" };
        return new Tree
        {
            Seed = seed,
            End = end,
            Script = $"{Work}{(random.Next(2) == 0 ? "trap '' TERM; " : "")}echo $LOCK_FENCING_TOKEN >> resource; {string.Concat(nodes)}touch up; {last}",
            Streams = AllStreams[random.Next(AllStreams.Length)],
            Signal = new[] { 1, 2, 3, 10, 12, 14, 15, 24, 30, 40 }[random.Next(10)],
            Grace = TimeSpan.FromMilliseconds(random.Next(2) == 0 ? 0 : random.Next(1, 1000)),
        };
    }

    /// <summary>The trees of a seed and all that follow.</summary>
    public static IEnumerable<Tree> From(int seed) => Enumerable.Range(seed, int.MaxValue - seed).Select(Create);

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"seed {Seed}, {End}, signal {Signal}, grace {Grace.TotalMilliseconds:0} ms, streams '{Streams}', script: {Script}");

    private static string Node(Random random, int depth)
    {
        var inner = depth == 0 || random.Next(3) == 0 ? "work" : Node(random, depth - 1) + (random.Next(2) == 0 ? "work" : "wait");

        // In a script of its own, quoted once more for each shell around it.
        var script = "'" + (Work + inner).Replace("'", "'\\''", StringComparison.Ordinal) + "'";
        return random.Next(8) switch
        {
            0 => $"setsid sh -c {script} & ",
            1 => $"timeout 900 sh -c {script} & ",
            2 => $"(setsid sh -c {script} &); ",
            3 => $"sh -c \"trap '' TERM HUP INT; sleep 900\" & ",
            4 => $"(while :; do sleep 0.01 & setsid sleep 0.05; done) & ",
            5 => $"nohup sh -c {script} >/dev/null 2>&1 & ",
            6 => "(trap 'setsid sleep 900 & ' TERM; while :; do sleep 0.1; done) & ",
            _ => "work & ",
        };
    }
}
