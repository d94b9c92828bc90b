using System.Diagnostics.CodeAnalysis;

namespace LockGrains;

/// <summary>The tokens of one hold, each made when somebody asks for it: most locks are released before anybody does.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer or a wait handle holds nothing.")]
internal sealed class HandleTokens(IWatch watch, Action<Exception> onThrew, SessionHolds? holds = null)
{
    private readonly Lock _gate = new();
    private CancellationTokenSource? _lost;
    private CancellationTokenSource? _atRisk;
    private CancellationTokenSource? _ended;
    private CancellationTokenSource? _waitedFor;
    private GroupTokens? _group;
    private Task _lostTold = Task.CompletedTask;
    private bool _isLost;
    private bool _isAtRisk;
    private bool _isEnded;
    private bool _isWaitedFor;

    public CancellationToken Lost
    {
        get { lock (_gate) return TokenOf(ref _lost, _isLost); }
    }

    public CancellationToken AtRisk
    {
        get { lock (_gate) return TokenOf(ref _atRisk, _isAtRisk); }
    }

    public CancellationToken WaitedFor
    {
        get { lock (_gate) return TokenOf(ref _waitedFor, _isWaitedFor); }
    }

    /// <summary>Ends the calls of the hold itself. No callback of the program's is on it.</summary>
    public CancellationToken Ended
    {
        get { lock (_gate) return TokenOf(ref _ended, _isEnded); }
    }

    /// <summary>Whether somebody would be told of a loss; of a session also whoever watches a hold under it.</summary>
    public bool IsLostWatched => Volatile.Read(ref _lost) is not null || Volatile.Read(ref _group) is not null || holds?.IsLostWatched == true;

    /// <summary>Completes when the callbacks of those who were told of the loss are done; at once where nobody was.</summary>
    public Task LostTold => Volatile.Read(ref _lostTold);

    /// <summary>Tells a group, too, from now on and what was told before; and no other group any more.</summary>
    public void Join(GroupTokens group)
    {
        bool isLost, isAtRisk;
        lock (_gate) (_group, isLost, isAtRisk) = (group, _isLost, _isAtRisk);
        if (isAtRisk)
            _ = Signal(group.BeginAtRisk(), isByClock: false);
        if (isLost)
            _ = Signal(group.BeginLost(), isByClock: false);
    }

    /// <summary>The risk is past, and nobody was told of it: nobody has the token yet.</summary>
    public void ForgetRisk()
    {
        lock (_gate) (_isAtRisk, _atRisk) = (false, null);
    }

    /// <summary>Tells the risk.</summary>
    /// <param name="isByClock">By the clock: in time, whatever the pool does. By word: whoever hears it from us finds it cancelled.</param>
    public void TellAtRisk(bool isByClock)
    {
        GroupTokens? group;
        lock (_gate) (_isAtRisk, group) = (true, _group);
        _ = Signal(_atRisk, isByClock);
        _ = Signal(group?.BeginAtRisk(), isByClock);
        holds?.TellAtRisk(isByClock);
    }

    /// <summary>Tells the loss, and the risk before it.</summary>
    /// <param name="isByClock">As for <see cref="TellAtRisk"/>.</param>
    public void TellLost(bool isByClock)
    {
        TellAtRisk(isByClock);
        GroupTokens? group;
        lock (_gate) (_isLost, group) = (true, _group);
        Volatile.Write(ref _lostTold, Task.WhenAll(Signal(_lost, isByClock), Signal(group?.BeginLost(), isByClock)));
        holds?.TellOver(isByClock);
    }

    /// <summary>Tells that somebody waits.</summary>
    public void TellWaitedFor()
    {
        lock (_gate)
        {
            if (_isWaitedFor)
                return;

            _isWaitedFor = true;
        }

        _ = Signal(_waitedFor, isByClock: false);
    }

    public void TellEnded()
    {
        lock (_gate) _isEnded = true;
        _ = Signal(_ended, isByClock: false);
    }

    private static CancellationToken TokenOf(ref CancellationTokenSource? source, bool isOver) =>
        source is null && isOver ? new CancellationToken(canceled: true) : (source ??= new CancellationTokenSource()).Token;

    private Task Signal(CancellationTokenSource? source, bool isByClock)
    {
        if (source is null)
            return Task.CompletedTask;

        return isByClock ? watch.Cancel(source, onThrew) : watch.CancelNow(source, onThrew);
    }
}
