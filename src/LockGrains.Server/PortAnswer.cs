namespace LockGrains;

/// <summary>What came of a connection to a port.</summary>
internal enum PortAnswer
{
    /// <summary>Nobody answered, or it could not be asked: that proves nothing.</summary>
    Silent,

    /// <summary>Somebody listens.</summary>
    Accepted,

    /// <summary>The machine answered that nobody listens.</summary>
    Refused,
}
