using System.Collections.Immutable;
using LockGrains.Core;

namespace LockGrains;

/// <summary>A lock that was granted and, when this was made, was still safely held.</summary>
internal sealed record Grant(Guid LeaseId, long FencingToken, RenewalSchedule Schedule, ImmutableArray<int> PermitNumbers, long ValueVersion);
