using Orleans.Serialization.Codecs;

namespace LockGrains;

/// <summary>Sends an <see cref="EndReason"/> as its number.</summary>
[RegisterSerializer]
internal sealed class EndReasonCodec : Enum32BaseCodec<EndReason>;

/// <summary>Sends a <see cref="DenyReason"/> as its number.</summary>
[RegisterSerializer]
internal sealed class DenyReasonCodec : Enum32BaseCodec<DenyReason>;
