namespace LockGrains.Chaos;

/// <summary>Which commands a <see cref="RespProxyRule"/> takes.</summary>
internal enum RespCommands
{
    All,

    /// <summary>EVAL and EVALSHA: the compare-and-set of a grain's record.</summary>
    Scripts,

    /// <summary>HGETALL: how a grain's record is read.</summary>
    RecordReads,

    /// <summary>Whatever changes data, scripts included.</summary>
    Writes,
}
