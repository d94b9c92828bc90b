using System.Globalization;
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
        if (Environment.GetEnvironmentVariable(SeedVariable) is { Length: > 0 } given)
        {
            story(new Random(int.Parse(given, CultureInfo.InvariantCulture)));
            return;
        }

        for (var seed = 1; seed <= seeds; seed++)
        {
            try
            {
                story(new Random(seed));
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException(
                    $"Seed {seed} fails: {exception.Message}{Environment.NewLine}"
                    + $"Replay: {SeedVariable}={seed} dotnet test tests/{story.Method.Module.Assembly.GetName().Name} --filter {test}",
                    exception);
            }
        }
    }

    public static T Pick<T>(this Random random, params ReadOnlySpan<T> items) => items[random.Next(items.Length)];

    public static bool Chance(this Random random, double probability) => random.NextDouble() < probability;
}
