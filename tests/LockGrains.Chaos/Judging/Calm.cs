namespace LockGrains.Chaos;

/// <summary>Since when nothing has been in trouble: what is promised with a bound is promised then.</summary>
internal sealed class Calm
{
    /// <summary>Since when; the largest number while a fault lasts.</summary>
    public long Since { get; private set; }

    /// <summary>A fault begins; say so before the history of it is heard.</summary>
    public void Disturb() => Since = long.MaxValue;

    /// <summary>All is healed.</summary>
    public void Return(long at) => Since = at;
}
