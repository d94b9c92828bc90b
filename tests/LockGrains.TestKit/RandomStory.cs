using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace LockGrains.TestKit;

/// <summary>
/// Runs a random story for many seeds. The seeds are fixed, so that a run says the same on every machine; a failure names its seed and
/// the command that replays it.
/// </summary>
public static class RandomStory
{
    private const string SeedVariable = "LOCKGRAINS_SEED";

    /// <summary>Runs the story with the seeds from 1 up, or with the one of the environment alone.</summary>
    public static void Holds(int seeds, Action<Random> story, [CallerMemberName] string test = "")
    {
        foreach (var seed in Seeds(seeds))
        {
            try
            {
                story(new Random(seed));
            }
            catch (Exception exception)
            {
                throw Named(seed, exception, story.Method, test);
            }
        }
    }

    /// <summary>As <see cref="Holds"/>, for a story that waits: for a server, say. Its seed then decides what is done, and not when.</summary>
    public static async Task HoldsAsync(int seeds, Func<Random, Task> story, [CallerMemberName] string test = "")
    {
        foreach (var seed in Seeds(seeds))
        {
            try
            {
                await story(new Random(seed));
            }
            catch (Exception exception)
            {
                throw Named(seed, exception, story.Method, test);
            }
        }
    }

    public static T Pick<T>(this Random random, params ReadOnlySpan<T> items) => items[random.Next(items.Length)];

    public static bool Chance(this Random random, double probability) => random.NextDouble() < probability;

    private static IEnumerable<int> Seeds(int seeds) => Environment.GetEnvironmentVariable(SeedVariable) is { Length: > 0 } given
        ? [int.Parse(given, CultureInfo.InvariantCulture)]
        : Enumerable.Range(1, seeds);

    private static InvalidOperationException Named(int seed, Exception exception, MethodInfo story, string test) => new(
        $"Seed {seed} fails: {exception.Message}{Environment.NewLine}"
        + $"Replay: {SeedVariable}={seed} dotnet test tests/{story.Module.Assembly.GetName().Name} --filter {test}",
        exception);
}
