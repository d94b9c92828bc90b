using System.Collections.Immutable;

namespace LockGrains.Core;

/// <summary>
/// What happened last to a key in this activation. A ring that grows to its size once, so that an event costs no allocation: most keys have few
/// events before they are forgotten.
/// </summary>
internal sealed class RecentEvents
{
    private Entry[] _ring = [];
    private long _count;

    /// <summary>Remembers an event, unless it is one that people do not ask for: renewals and arrivals would push out all else.</summary>
    public void Add(LockEvent lockEvent, TimeSpan at)
    {
        switch (lockEvent)
        {
            case LockEvent.LeaseGranted granted:
                Add(granted.Lease, RecentEventKind.Granted, EndReason.None, at);
                break;
            case LockEvent.HoldChanged changed:
                var isUpgrade = changed.After.FencingToken != changed.Before.FencingToken;
                Add(changed.After, isUpgrade ? RecentEventKind.Upgraded : RecentEventKind.Downgraded, EndReason.None, at);
                break;
            case LockEvent.LeaseEnded ended:
                Add(ended.Lease, RecentEventKind.HoldEnded, ended.Reason, at);
                break;
            case LockEvent.WaitEnded ended:
                Add(new Entry(RecentEventKind.WaitEnded, ended.Reason, ended.Waiter.Request.OwnerId, 0, at));
                break;
            case LockEvent.UpgradeEnded ended:
                Add(new Entry(RecentEventKind.UpgradeEnded, ended.Reason, ended.Waiter.Request.OwnerId, 0, at));
                break;
        }
    }

    /// <summary>The events, the last one first.</summary>
    public ImmutableArray<RecentEvent> Read(TimeSpan now)
    {
        var length = (int)Math.Min(_count, _ring.Length);
        var events = ImmutableArray.CreateBuilder<RecentEvent>(length);
        for (var back = 1; back <= length; back++)
        {
            var entry = _ring[(_count - back) % _ring.Length];
            events.Add(new RecentEvent
            {
                What = entry.What,
                Reason = entry.Reason,
                OwnerId = entry.OwnerId,
                FencingToken = entry.FencingToken,
                Ago = now > entry.At ? now - entry.At : TimeSpan.Zero,
            });
        }

        return events.MoveToImmutable();
    }

    private void Add(Lease lease, RecentEventKind what, EndReason reason, TimeSpan at) =>
        Add(new Entry(what, reason, lease.Request.OwnerId, lease.FencingToken.Value, at));

    private void Add(Entry entry)
    {
        if (_count == _ring.Length && _count < LockInfo.RecentMax)
            Array.Resize(ref _ring, _count == 0 ? 2 : _ring.Length * 2);
        _ring[_count % _ring.Length] = entry;
        _count++;
    }

    private readonly record struct Entry(RecentEventKind What, EndReason Reason, string OwnerId, long FencingToken, TimeSpan At);
}
