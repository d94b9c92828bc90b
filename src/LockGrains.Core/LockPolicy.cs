using System.Buffers;
using System.Text;

namespace LockGrains.Core;

/// <summary>
/// The bounds and times that a lock keeps. <see cref="Problems"/> says what is wrong with a set of them; nothing is ever clamped.
/// </summary>
public sealed record LockPolicy
{
    private const double GoldenRatio = 0.6180339887498949;

    // Shorter slices are kept to the tick: they were asked for.
    private static readonly TimeSpan SharedSliceMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SliceGrid = TimeSpan.FromMilliseconds(10);

    /// <summary>The most that may wait for one key. Default 10,000; 1 to 1,000,000.</summary>
    public int QueueLimit { get; init; } = 10_000;

    /// <summary>The shortest lease that may be asked for. Default 1 s; 100 ms to <see cref="LeaseMax"/>.</summary>
    public TimeSpan LeaseMin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest lease that may be asked for. Default 24 h; at most 30 days.</summary>
    public TimeSpan LeaseMax { get; init; } = TimeSpan.FromHours(24);

    /// <summary>The longest owner label, in UTF-8 bytes. Default 128; 0 to 1,024.</summary>
    public int OwnerIdMaxBytes { get; init; } = 128;

    /// <summary>
    /// The first lease of a holder that will renew, or its lease if that is shorter. A waiter that died before it was granted the
    /// lock costs this long. Default 5 s; 1 s to <see cref="LeaseMax"/>.
    /// </summary>
    public TimeSpan FirstLease { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The places at the head of the queue whose waiters come back every <see cref="Slice"/>. Default 256; 1 to 10,000.</summary>
    public int NearPlaces { get; init; } = 256;

    /// <summary>
    /// The longest that one call waits on the first <see cref="NearPlaces"/>; behind them it grows with the place
    /// (<see cref="SliceAt"/>). Default 4 s; 100 ms to 60 s.
    /// </summary>
    public TimeSpan Slice { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>The longest that one call waits on any place. Default 60 s; <see cref="Slice"/> to 60 s.</summary>
    public TimeSpan FarSlice { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long a waiter keeps its place between two calls. It must outlast a lost reply: the client's attempt time-out and a retry.
    /// It does not for one that is recalled from a long slice, or gets less of one than it asked for because it has moved on: it looks dead
    /// if that reply is lost. Default 6 s; 100 ms to 60 s.
    /// </summary>
    public TimeSpan WaiterGrace { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>
    /// How long waiters keep their places after their key moved to a new activation, beyond the slice that they may be waiting in. A
    /// client whose silo died may learn it only when its call times out: a slice and an attempt time-out. Default 6 s; 100 ms to 5 min.
    /// </summary>
    public TimeSpan ReattachWindow { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>
    /// The largest difference between two silos' wall clocks. Tokens of lost records lean on it, and the bound of a lease that was taken over
    /// more than <see cref="RestartsMax"/> times. Default 5 s; 0 to 1 h.
    /// </summary>
    public TimeSpan MaxClockSkew { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many activations give a lease its full term again before the wall clock bounds it. Default 3; 0 to 100.</summary>
    public int RestartsMax { get; init; } = 3;

    /// <summary>
    /// How long a release that nobody waits for may stay unwritten, so that the next grant writes both. A crash meanwhile costs at most
    /// one lease of waiting. Default 20 ms; 0 (write before answering) to 1 s.
    /// </summary>
    public TimeSpan ReleaseWriteDelay { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How long a new waiter may stay unwritten; nobody is told a place before it is written. Default 250 ms; 0 to 5 s.</summary>
    public TimeSpan QueueWriteDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How old the last proof of being current may be for a denial. Default 2 s; 0 (prove each time) to 60 s.</summary>
    public TimeSpan ValidationAge { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a storage operation may take before its outcome counts as unknown. Default 5 s; 100 ms to 60 s.</summary>
    public TimeSpan StoreTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a key must be unused before its records are deleted. Default 5 min; 3 min to 30 days, or
    /// <see cref="Timeout.InfiniteTimeSpan"/> for never. It is also how far apart two silos' wall clocks may be without a token growing
    /// smaller. Silos may have different ones.
    /// </summary>
    public TimeSpan ForgetAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The longest trouble through which a client repeats one <see cref="LeaseId"/>. 2 min, below the least <see cref="ForgetAfter"/>: a silo must
    /// not have forgotten what became of the first copy when the last one comes.
    /// </summary>
    public static TimeSpan RepeatMax { get; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How long the answer "there is no record" may be leaned on (<see cref="Absence"/>). The same on every silo, for ever: it is what a
    /// forgetting silo trusts the others to keep. 45 s; only worlds of the simulator, which are short, have another.
    /// </summary>
    internal TimeSpan CreateWindow { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>The least time in which a key can be made, used and forgotten, and so the least <see cref="ForgetAfter"/>; 180 s.</summary>
    internal TimeSpan LifeMin => CreateWindow * 4;

    /// <summary>What is wrong with this policy, each with name, value and allowed range; empty when nothing is.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        var ms100 = TimeSpan.FromMilliseconds(100);
        var minute = TimeSpan.FromMinutes(1);
        Check(nameof(QueueLimit), QueueLimit, 1, 1_000_000);
        Check(nameof(LeaseMax), LeaseMax, ms100, TimeSpan.FromDays(30));
        Check(nameof(LeaseMin), LeaseMin, ms100, LeaseMax);
        Check(nameof(OwnerIdMaxBytes), OwnerIdMaxBytes, 0, 1024);
        Check(nameof(FirstLease), FirstLease, TimeSpan.FromSeconds(1), LeaseMax);
        Check(nameof(NearPlaces), NearPlaces, 1, 10_000);
        Check(nameof(Slice), Slice, ms100, minute);
        Check(nameof(FarSlice), FarSlice, Slice < minute ? Slice : minute, minute);
        Check(nameof(WaiterGrace), WaiterGrace, ms100, minute);
        Check(nameof(ReattachWindow), ReattachWindow, ms100, TimeSpan.FromMinutes(5));
        Check(nameof(MaxClockSkew), MaxClockSkew, TimeSpan.Zero, TimeSpan.FromHours(1));
        Check(nameof(RestartsMax), RestartsMax, 0, 100);
        Check(nameof(ReleaseWriteDelay), ReleaseWriteDelay, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Check(nameof(QueueWriteDelay), QueueWriteDelay, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Check(nameof(ValidationAge), ValidationAge, TimeSpan.Zero, minute);
        Check(nameof(StoreTimeout), StoreTimeout, ms100, minute);
        if (ForgetAfter != Timeout.InfiniteTimeSpan)
            Check(nameof(ForgetAfter), ForgetAfter, LifeMin, TimeSpan.FromDays(30));
        return problems;

        void Check<T>(string name, T value, T min, T max)
            where T : IComparable<T>
        {
            if (value.CompareTo(min) < 0 || value.CompareTo(max) > 0)
                problems.Add($"{name} is {value}; it must be from {min} to {max}.");
        }
    }

    /// <summary>
    /// The longest that one call waits on a place. It grows with the place, so that a long queue does not call more often than a short
    /// one: with the defaults 10,000 waiters come to 380 calls a second, 100,000 to 2,100, spread as they are.
    /// </summary>
    /// <param name="place">The place, 1 for the next in line.</param>
    public TimeSpan SliceAt(int place)
    {
        if (place <= NearPlaces)
            return Slice;
        var grown = Slice * ((double)place / NearPlaces);
        return grown < FarSlice ? grown : FarSlice;
    }

    /// <summary>
    /// When a call that waits comes back. Those on far places that came in one crowd come back over a quarter of their slice, else the crowd
    /// would come again and again; and the slices of a moment end at one instant, which is one step instead of hundreds. Never before
    /// <see cref="Slice"/>, or less if less was asked for, and at most 10 ms later than asked for.
    /// </summary>
    /// <param name="now">Where the slice begins.</param>
    /// <param name="slice">How long it may be.</param>
    /// <param name="place">The place, 1 for the next in line.</param>
    /// <param name="ticket">The ticket: it tells those of a crowd apart.</param>
    internal TimeSpan EndOfSlice(TimeSpan now, TimeSpan slice, int place, long ticket)
    {
        if (place <= NearPlaces || slice < SharedSliceMin)
            return now + slice;
        var spread = TimeSpan.FromTicks(Math.Min((slice / 4).Ticks, Math.Max(0, (slice - Slice).Ticks)));
        var end = now + slice - (spread * (ticket * GoldenRatio % 1));
        var past = end.Ticks % SliceGrid.Ticks;
        return past == 0 ? end : end + SliceGrid - TimeSpan.FromTicks(past);
    }

    /// <summary>What is wrong with a request, with parameter, value and allowed range; null when nothing is.</summary>
    /// <param name="acquire">The request.</param>
    public string? ProblemOf(LockCommand.Acquire acquire)
    {
        ArgumentNullException.ThrowIfNull(acquire);
        if (acquire.LeaseId == LeaseId.None)
            return "LeaseId is empty; it must be a random id made for this attempt.";
        if (acquire.Mode != LockMode.Exclusive)
            return $"Mode is {acquire.Mode}; it must be {LockMode.Exclusive}.";
        if (acquire.Duration < LeaseMin || acquire.Duration > LeaseMax)
            return $"Lease is {acquire.Duration}; it must be from {LeaseMin} to {LeaseMax}.";
        if (acquire.Wait < TimeSpan.Zero && acquire.Wait != Timeout.InfiniteTimeSpan)
            return $"Wait is {acquire.Wait}; it must be 0 or more, or infinite.";
        if (acquire.Slice <= TimeSpan.Zero)
            return $"Slice is {acquire.Slice}; it must be more than 0.";
        if (acquire.OwnerId is null || HasLoneSurrogate(acquire.OwnerId))
            return "OwnerId is missing or not well-formed Unicode; it may be empty.";
        var ownerIdBytes = Encoding.UTF8.GetByteCount(acquire.OwnerId);
        return ownerIdBytes > OwnerIdMaxBytes ? $"OwnerId has {ownerIdBytes} bytes in UTF-8; it must have at most {OwnerIdMaxBytes}." : null;
    }

    // Such a string cannot be stored: better one request refused than its key quarantined.
    private static bool HasLoneSurrogate(string text)
    {
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out var length) != OperationStatus.Done)
                return true;
            rest = rest[length..];
        }

        return false;
    }
}
