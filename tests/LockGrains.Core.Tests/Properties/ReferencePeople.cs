namespace LockGrains.Core.Tests.Properties;

/// <summary>What one wants of the lock that the reference keeps, and what one has of it.</summary>
internal enum Want
{
    /// <summary>To be alone.</summary>
    Alone,

    /// <summary>To share it.</summary>
    Share,

    /// <summary>To share it, and perhaps to be alone later.</summary>
    ShareAndPerhapsMore,
}

/// <summary>What one asks for. A limit of 0 is none.</summary>
internal sealed record Ask(int Name, string Owner, Want Want, int Permits, int Limit, TimeSpan Lease, TimeSpan Delay, bool Renews)
{
    public bool IsSameAs(Ask other) => (Name, Owner, Want, Permits, Limit) == (other.Name, other.Owner, other.Want, other.Permits, other.Limit);
}

/// <summary>One who waits: in the line, or before it to be alone.</summary>
internal sealed record Person(Ask Ask)
{
    public int Name => Ask.Name;

    /// <summary>The number of the upgrade that it waits for; 0 in the line.</summary>
    public int Change { get; init; }

    public TimeSpan CallsUntil { get; set; }

    public TimeSpan SilentFrom { get; set; }

    public bool GivesUp { get; set; }
}

/// <summary>One who holds.</summary>
internal sealed record Holder(Ask Ask)
{
    public int Name => Ask.Name;

    public Want Has { get; set; } = Ask.Want;

    public int Permits { get; set; } = Ask.Permits;

    /// <summary>Ascending. A list that is never changed, only replaced.</summary>
    public List<int> Numbers { get; set; } = [];

    public TimeSpan Until { get; set; }

    /// <summary>The last change that was carried out or given up.</summary>
    public int Change { get; set; }

    /// <summary>The upgrade by which it is alone; 0 when it came alone, or is not.</summary>
    public int AloneBy { get; set; }
}
