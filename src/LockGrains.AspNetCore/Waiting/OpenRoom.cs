namespace LockGrains.AspNetCore.Waiting;

/// <summary>Counts what is open of one kind in this host: event streams, or lists.</summary>
/// <param name="shares">How many there may be.</param>
internal sealed class OpenRoom(Shares shares)
{
    private readonly Lock _gate = new();

    /// <summary>What is allowed, for people.</summary>
    public string Text => shares.Text;

    /// <summary>One begins, if there is room.</summary>
    /// <param name="who">Who opens it.</param>
    public bool TryEnter(string who)
    {
        lock (_gate)
        {
            if (!shares.HasRoom(who))
                return false;
            shares.Take(who);
            return true;
        }
    }

    /// <summary>It ends.</summary>
    /// <param name="who">Who opened it.</param>
    public void Leave(string who)
    {
        lock (_gate) shares.GiveBack(who);
    }
}
