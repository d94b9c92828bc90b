namespace LockGrains.Core;

/// <summary>
/// The number that a protected resource checks: each grant of a key has a larger one than every grant before, for ever. The idea is
/// Chubby's sequencer and Kleppmann's fencing token; the hybrid with the clock keeps it growing when the counter itself was lost.
/// </summary>
/// <param name="Value">The number; it fits in the 53 bits that JSON numbers carry exactly.</param>
public readonly record struct FencingToken(long Value) : IComparable<FencingToken>
{
    /// <summary>The largest token: the largest integer that a JSON number carries exactly.</summary>
    public const long MaxValue = (1L << 53) - 1;

    /// <summary>Tokens per millisecond of the clock part: 2^11 leaves the sum below 2^53 until the year 2109.</summary>
    private const int ClockShift = 11;

    private const long Year2100UnixMilliseconds = 4_102_444_800_000;
    private const long TenYearsMilliseconds = 315_576_000_000;

    /// <summary>No token: nothing was ever granted.</summary>
    public static FencingToken None => default;

    /// <summary>
    /// The next token: one more than the last, or the clock's if that is larger. The clock part survives the loss of the record; it is
    /// left out where it is implausible (after 2100, or over ten years past the last token), so that a clock that jumped once does
    /// not use up the numbers.
    /// </summary>
    /// <param name="unixMilliseconds">The wall clock.</param>
    /// <exception cref="InvariantViolationException">The tokens are used up.</exception>
    public FencingToken Next(long unixMilliseconds)
    {
        InvariantViolationException.ThrowUnless(Value < MaxValue, "a larger fencing token exists");
        return new FencingToken(Math.Max(Value + 1, ClockPart(unixMilliseconds)));
    }

    /// <summary>
    /// The floor for a key whose record is missing: nobody knows what was granted before, so the clock part, put ahead by the
    /// largest skew between the clocks that may have granted, must do.
    /// </summary>
    /// <param name="unixMilliseconds">The wall clock.</param>
    /// <param name="maxClockSkew">The largest difference between two silos' wall clocks.</param>
    public FencingToken RaisedToClock(long unixMilliseconds, TimeSpan maxClockSkew) =>
        new(Math.Max(Value, ClockPart(unixMilliseconds + (long)maxClockSkew.TotalMilliseconds)));

    /// <inheritdoc/>
    public int CompareTo(FencingToken other) => Value.CompareTo(other.Value);

    /// <summary>Compares two tokens of one key.</summary>
    public static bool operator <(FencingToken left, FencingToken right) => left.Value < right.Value;

    /// <summary>Compares two tokens of one key.</summary>
    public static bool operator >(FencingToken left, FencingToken right) => left.Value > right.Value;

    /// <summary>Compares two tokens of one key.</summary>
    public static bool operator <=(FencingToken left, FencingToken right) => left.Value <= right.Value;

    /// <summary>Compares two tokens of one key.</summary>
    public static bool operator >=(FencingToken left, FencingToken right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private long ClockPart(long unixMilliseconds)
    {
        var plausible = unixMilliseconds is > 0 and < Year2100UnixMilliseconds
            && (Value == 0 || unixMilliseconds - (Value >> ClockShift) <= TenYearsMilliseconds);
        return plausible ? unixMilliseconds << ClockShift : 0;
    }
}
