using Orleans.Serialization.Codecs;

namespace LockGrains.Wire;

/// <summary>Sends an <see cref="EndReason"/> as its number.</summary>
[RegisterSerializer]
internal sealed class EndReasonCodec : Enum32BaseCodec<EndReason>;

/// <summary>Sends a <see cref="DenyReason"/> as its number.</summary>
[RegisterSerializer]
internal sealed class DenyReasonCodec : Enum32BaseCodec<DenyReason>;

/// <summary>Sends a <see cref="LockMode"/> as its number.</summary>
[RegisterSerializer]
internal sealed class LockModeCodec : Enum32BaseCodec<LockMode>;

/// <summary>Sends a <see cref="WaitObstacle"/> as its number.</summary>
[RegisterSerializer]
internal sealed class WaitObstacleCodec : Enum32BaseCodec<WaitObstacle>;

/// <summary>Sends a <see cref="RecentEventKind"/> as its number.</summary>
[RegisterSerializer]
internal sealed class RecentEventKindCodec : Enum32BaseCodec<RecentEventKind>;

/// <summary>Sends a <see cref="WatchStatus"/> as its number.</summary>
[RegisterSerializer]
internal sealed class WatchStatusCodec : Enum32BaseCodec<WatchStatus>;

/// <summary>Sends a <see cref="LockListState"/> as its number.</summary>
[RegisterSerializer]
internal sealed class LockListStateCodec : Enum32BaseCodec<LockListState>;

/// <summary>Sends a <see cref="ChangeStatus"/> as its number.</summary>
[RegisterSerializer]
internal sealed class ChangeStatusCodec : Enum32BaseCodec<ChangeStatus>;

/// <summary>Sends a <see cref="ValueStatus"/> as its number.</summary>
[RegisterSerializer]
internal sealed class ValueStatusCodec : Enum32BaseCodec<ValueStatus>;

/// <summary>Sends a <see cref="LimitStatus"/> as its number.</summary>
[RegisterSerializer]
internal sealed class LimitStatusCodec : Enum32BaseCodec<LimitStatus>;

/// <summary>Sends an <see cref="AcquireStatus"/> as its number.</summary>
[RegisterSerializer]
internal sealed class AcquireStatusCodec : Enum32BaseCodec<AcquireStatus>;

/// <summary>Sends a <see cref="RenewStatus"/> as its number.</summary>
[RegisterSerializer]
internal sealed class RenewStatusCodec : Enum32BaseCodec<RenewStatus>;

/// <summary>Sends a <see cref="ReleaseStatus"/> as its number.</summary>
[RegisterSerializer]
internal sealed class ReleaseStatusCodec : Enum32BaseCodec<ReleaseStatus>;

/// <summary>Sends a <see cref="CancelStatus"/> as its number.</summary>
[RegisterSerializer]
internal sealed class CancelStatusCodec : Enum32BaseCodec<CancelStatus>;

/// <summary>Sends a <see cref="VerifyStatus"/> as its number.</summary>
[RegisterSerializer]
internal sealed class VerifyStatusCodec : Enum32BaseCodec<VerifyStatus>;

/// <summary>Sends a <see cref="RevokeStatus"/> as its number.</summary>
[RegisterSerializer]
internal sealed class RevokeStatusCodec : Enum32BaseCodec<RevokeStatus>;
