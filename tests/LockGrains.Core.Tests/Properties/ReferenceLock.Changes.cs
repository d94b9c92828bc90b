namespace LockGrains.Core.Tests.Properties;

/// <summary>
/// The commands that change a hold in place. What its holder has numbered lower than the last one that was carried out, given up or is waited
/// for comes late, and changes nothing.
/// </summary>
internal sealed partial class ReferenceLock
{
    public string Upgrade(int name, int change, TimeSpan wait, TimeSpan? slice, TimeSpan? beats)
    {
        SettleWhatIsDue();
        if (beats * 10 > _window * 3)
            return Refuse();
        if (_room.Find(name) is not { } holder)
            return "denied NotHeld";
        if (change < holder.Change || (Upgrading?.Name == name && change < Upgrading.Change))
            return "denied Ended";
        if (holder.Has == Want.Alone)
        {
            // It gets nothing, so there is nothing to give back. But what was numbered before it comes too late from now on.
            if (change > holder.Change)
                (holder.Change, holder.AloneBy) = (change, 0);
            return "granted";
        }

        if (change == holder.Change)
            return "denied Ended";
        if (holder.Has == Want.Share)
            return Refuse();
        if (Upgrading?.Change == change)
            return ComeBack(Upgrading, wait, slice, beats);
        Upgrading = null;
        if (_room.IsAlone(name))
        {
            BeAlone(holder, change);
            return "granted";
        }

        if (wait == TimeSpan.Zero)
        {
            HandOver();
            return "denied Busy";
        }

        BeginToLook();
        Upgrading = new Person(holder.Ask) { Change = change };
        return StartCall(Upgrading, wait, slice, beats);
    }

    public string CancelUpgrade(int name, int change)
    {
        SettleWhatIsDue();
        if (_room.Find(name) is not { } holder)
            return NotHeld(name);
        if (Upgrading?.Name == name && Upgrading.Change <= change)
            Upgrading = null;
        if (change > holder.Change)
            (holder.Change, holder.AloneBy) = (change, 0);
        else if (change == holder.AloneBy)
            (holder.Has, holder.AloneBy) = (Want.ShareAndPerhapsMore, 0);
        HandOver();
        return "changed";
    }

    public string Downgrade(int name, int change, Want to, int permits)
    {
        SettleWhatIsDue();
        if (_room.Find(name) is not { } holder)
            return NotHeld(name);
        if (change <= holder.Change || (Upgrading?.Name == name && change < Upgrading.Change))
            return "changed";
        Want[] parts = holder.Has switch
        {
            Want.Alone => [Want.Alone, Want.ShareAndPerhapsMore, Want.Share],
            Want.ShareAndPerhapsMore => [Want.ShareAndPerhapsMore, Want.Share],
            _ => [Want.Share],
        };
        if (!parts.Contains(to) || permits < 1 || permits > holder.Permits)
            return Refuse();
        if (Upgrading?.Name == name)
            Upgrading = null;
        (holder.Has, holder.Permits, holder.Change, holder.AloneBy) = (to, permits, change, 0);
        holder.Numbers = [.. holder.Numbers.Take(permits)];
        HandOver();
        return "changed";
    }
}
