using System.Reflection;
using LockGrains.Core;

namespace LockGrains.Simulation;

/// <summary>A protection that can be taken away, as Mutations.txt names it.</summary>
internal sealed record Mutation(int Number, string Name, string Description)
{
    private const string Mark = "@mutant ";
    private const string WorldsMark = "@worlds ";

    private static readonly FieldInfo? Switch = typeof(LockState).Assembly.GetType("LockGrains.Core.Mutant")?.GetField("Active");

    /// <summary>What the worlds are to be like in which it shows soonest, where those drawn at random rarely show it.</summary>
    public IReadOnlyList<(Option Option, int Value)> Worlds { get; init; } = [];

    /// <summary>Whether Core is the copy with switches.</summary>
    public static bool IsCoreMutable => Switch is not null;

    public static IReadOnlyList<Mutation> All { get; } = Read();

    /// <summary>Turns a mutation on, or all off, for this thread.</summary>
    public static void Activate(Mutation? mutation) => Switch?.SetValue(null, mutation?.Number ?? 0);

    public static Mutation Find(string name) => All.FirstOrDefault(mutation => mutation.Name == name)
        ?? throw new FormatException($"There is no mutant '{name}'; there are: {string.Join(", ", All.Select(mutation => mutation.Name))}.");

    private static List<Mutation> Read()
    {
        var mutations = new List<Mutation>();
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("Mutations.txt")!);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith(WorldsMark, StringComparison.Ordinal))
                mutations[^1] = mutations[^1] with { Worlds = CommandLine.Settings(line[WorldsMark.Length..]) };
            if (!line.StartsWith(Mark, StringComparison.Ordinal))
                continue;
            var parts = line[Mark.Length..].Split(": ", 2);
            mutations.Add(new Mutation(mutations.Count + 1, parts[0], parts[1]));
        }

        return mutations;
    }
}
