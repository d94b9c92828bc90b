namespace LockGrains.Simulation;

/// <summary>What a key has beside its holds, as a stored record says: a limit, and a value. Values are numbers; 0 is none.</summary>
internal readonly record struct KeyDataFacts(int Limit, long LimitVersion, int Value, long ValueVersion, Guid SetBy, long KeptUntilWall)
{
    /// <summary>Whether the value ends with the hold that set it.</summary>
    public bool IsEphemeral => Value != 0 && KeptUntilWall == long.MaxValue;
}
