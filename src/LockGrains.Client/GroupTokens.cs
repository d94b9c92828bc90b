using System.Diagnostics.CodeAnalysis;

namespace LockGrains;

/// <summary>
/// The tokens of several holds together: each is told by the first of them, as that hold's own is, and on a thread of its own. It knows none
/// of the handles: they must stay collectable though somebody watches a token.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer or a wait handle holds nothing.")]
internal sealed class GroupTokens
{
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _atRisk = new();
    private int _isLostTold;
    private int _isAtRiskTold;

    public CancellationToken Lost => _lost.Token;

    public CancellationToken AtRisk => _atRisk.Token;

    /// <summary>What to cancel for a loss; null where somebody does that already.</summary>
    public CancellationTokenSource? BeginLost() => Interlocked.Exchange(ref _isLostTold, 1) == 0 ? _lost : null;

    /// <summary>What to cancel for a risk; null where somebody does that already.</summary>
    public CancellationTokenSource? BeginAtRisk() => Interlocked.Exchange(ref _isAtRiskTold, 1) == 0 ? _atRisk : null;
}
