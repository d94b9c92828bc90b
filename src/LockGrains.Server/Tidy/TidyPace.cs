namespace LockGrains;

/// <summary>
/// How fast a tidy pass looks at keys: fast enough for the records of a crashed silo, and slower while the silos' own calls slow down. Halves
/// when a look takes longer than usual, and grows back step by step (as TCP does).
/// </summary>
internal sealed class TidyPace
{
    /// <summary>The most looks a second. 300,000 records take 13 minutes.</summary>
    public const double Max = 400;

    /// <summary>The fewest looks a second.</summary>
    public const double Min = 10;

    private const double ReadsMax = 2_000;
    private const double Step = 20;

    // An activation with one read of the storage. What takes longer waits for something.
    private static readonly TimeSpan SlowLook = TimeSpan.FromMilliseconds(100);

    /// <summary>Looks a second at present.</summary>
    public double Rate { get; private set; } = Max;

    /// <summary>Notes a batch.</summary>
    /// <param name="reads">How many records were read.</param>
    /// <param name="looks">How many of their keys were looked at.</param>
    /// <param name="meanLook">How long a look took on the average.</param>
    /// <returns>How long the batch should take altogether.</returns>
    public TimeSpan Next(int reads, int looks, TimeSpan meanLook)
    {
        Rate = meanLook > SlowLook ? Math.Max(Min, Rate / 2) : Math.Min(Max, Rate + Step);
        return TimeSpan.FromSeconds(Math.Max(looks / Rate, reads / ReadsMax));
    }
}
