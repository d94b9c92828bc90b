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
    /// The next token: the clock's, or more than the last if that is larger. The clock survives the loss of the record: a later moment
    /// has a larger token even when nobody remembers the one before. Where the last token is ahead of the clock, tokens move on with
    /// the clock at half its pace, so that the lead shrinks and that stays true. The clock is left out where it is implausible (after 2100,
    /// or over ten years past the last token), so that one that jumped once does not use up the numbers.
    /// </summary>
    /// <param name="unixMilliseconds">The wall clock.</param>
    /// <param name="lastUnixMilliseconds">The wall clock when this token, the last, was drawn.</param>
    /// <exception cref="InvariantViolationException">The tokens are used up.</exception>
    public FencingToken Next(long unixMilliseconds, long lastUnixMilliseconds)
    {
        var clockPart = ClockPart(unixMilliseconds);
        var elapsed = unixMilliseconds - lastUnixMilliseconds;
        var step = clockPart > 0 && elapsed is > 0 and <= TenYearsMilliseconds ? elapsed << (ClockShift - 1) : 1;
        var next = Math.Max(Value + step, clockPart);
        InvariantViolationException.ThrowUnless(Value < MaxValue, "a larger fencing token exists");
        return new FencingToken(next <= MaxValue ? next : Value + 1);
    }

    /// <summary>
    /// The floor for a key whose record is missing: nobody knows what was granted before, so the clock part, put ahead by the
    /// largest skew between the clocks that may have granted, must do.
    /// </summary>
    /// <param name="unixMilliseconds">The wall clock.</param>
    /// <param name="maxClockSkew">The largest difference between two silos' wall clocks.</param>
    public FencingToken RaisedToClock(long unixMilliseconds, TimeSpan maxClockSkew) =>
        new(Math.Max(Value, ClockPart(unixMilliseconds + (long)maxClockSkew.TotalMilliseconds)));

    /// <summary>How long until the wall clock is so far past this token's clock part that the floor of a key made then is above it; 0 or less when it is.</summary>
    /// <param name="unixMilliseconds">The wall clock.</param>
    /// <param name="margin">How far: more than two silos' wall clocks differ.</param>
    internal TimeSpan UntilBehind(long unixMilliseconds, TimeSpan margin) =>
        margin + TimeSpan.FromMilliseconds((Value >> ClockShift) - unixMilliseconds);

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
