namespace LockGrains.Simulation;

/// <summary>
/// Everything that a world is drawn from. All are whole numbers, so that each can be printed, set by hand and shrunk in one way.
/// Names end in their unit: Ms, Us, Ppm, or Permille for a chance per message, operation or decision. 0 switches a fault off.
/// </summary>
internal enum Option
{
    // Who is there, and for how long.
    Clients,
    Handles,
    Keys,
    Silos,
    FaultsMs,
    Salt,

    // What the clients do.
    LeaseMs,
    HoldMs,
    ThinkMs,
    TryPermille,
    FiniteWaitPermille,
    NoRenewalPermille,
    GiveUpPermille,
    LeakPermille,
    VerifyPermille,
    LateWritePermille,
    ShortSlicePermille,
    BeatlessPermille,
    AttemptTimeoutMs,

    // The lock's policy.
    FirstLeaseMs,
    WindowMs,
    ReleaseWriteMs,
    QueueWriteMs,
    ValidationMs,
    StoreTimeoutMs,
    QueueLimit,
    FirstTicket,

    // The network.
    NetworkUs,
    SlowMessagePermille,
    LostMessagePermille,
    RepeatedMessagePermille,
    LateRepeatPermille,

    // The store.
    StoreUs,
    SlowStorePermille,
    FailBeforePermille,
    FailAfterPermille,
    HangPermille,
    LateWriteApplyPermille,

    // Clocks.
    DriftPpm,
    WallSkewMs,

    // Routing.
    StaleRoutePermille,

    // The nemesis: how often it strikes, and with which weights.
    NemesisMs,
    PauseSilo,
    CrashSilo,
    PauseClient,
    CrashClient,
    SuspendMachine,
    MoveKey,
    FlapKey,
    SplitKey,
    StopActivation,
    CutClient,
    CutStore,
    LoseSeconds,
    DeleteRecord,
    CorruptRecord,
    DeleteChunk,
    JumpClock,
    Revoke,

    // The lock's policy again: how far the silos' wall clocks may be apart.
    MaxSkewMs,

    // For shrinking: after so many faults the world is calm.
    FaultsMax,

    // Forgetting: after how long silos forget an unused key, and a creation that a paused silo sent and that arrives after all that.
    ForgetMs,
    VeryLateCreatePermille,

    // Kinds: how many requests are for no mutex, and with which weights they are for what else; what becomes of a hold; and requests under the id of
    // somebody else's hold.
    KindsPermille,
    Readers,
    Upgradeables,
    PermitTakers,
    LimitMax,
    HoldersMax,
    UpgradePermille,
    DowngradePermille,
    ForeignPermille,

    // How long a lock is held back where its lease ran out, of every other request.
    LockDelayMs,

    // What a key has beside its holds: how often an exclusive holder sets its value and anybody reads it, and how often an operator sets its limit.
    ValuePermille,
    SetLimit,

    // Sessions: how many requests are under the session of their client, if it has one, and the lease of what is held under it.
    SessionPermille,
    HoldLeaseMs,
}
