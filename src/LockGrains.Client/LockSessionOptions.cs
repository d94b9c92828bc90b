namespace LockGrains;

/// <summary>What a session is opened with.</summary>
public sealed record LockSessionOptions
{
    /// <summary>
    /// How long the session lives without a renewal, which is its heartbeat; so long after the death of its process are its locks free. 1ms to 24h, and
    /// the silo has bounds of its own. Default 15s. The first one is shorter, as for any hold (<see cref="LockClientOptions.Lease"/>).
    /// </summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// The lease of what is held under the session, where <see cref="AcquireOptions.Lease"/> says nothing else. Each hold is renewed by itself after a
    /// third of it, and ends by it should nobody be able to say that the session is over. At least <see cref="Lease"/>; at most 24h. Default 10m.
    /// </summary>
    public TimeSpan HoldLease { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long the locks of the session are kept from others after its lease ran out: see <see cref="AcquireOptions.LockDelay"/>. Default 0; at most
    /// 60 s.
    /// </summary>
    public TimeSpan LockDelay { get; init; }

    /// <summary>A label for people, for the session and what is held under it; at most 128 bytes in UTF-8. Null (the default) for the client's.</summary>
    public string? OwnerId { get; init; }

    /// <summary>What the session says of itself, as long as it lives; see <see cref="LockSession.SetMetadataAsync"/>. At most 1,024 bytes, unless the silo
    /// is configured otherwise. Empty (the default) for nothing.</summary>
    public ReadOnlyMemory<byte> Metadata { get; init; }
}
