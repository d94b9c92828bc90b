namespace LockGrains.Simulation;

/// <summary>What a call was answered.</summary>
internal readonly record struct AnswerFacts(
    AnswerKind Kind, long Token = 0, long ValidFor = 0, long Ticket = 0, int Place = 0, int QueueLength = 0, EndKind End = EndKind.None)
{
    /// <summary>Of a hold: how much of the lock it has.</summary>
    public HoldMode Mode { get; init; }

    public int Permits { get; init; } = 1;

    public IReadOnlyList<int> Numbers { get; init; } = [];

    /// <summary>Of a hold: the number of its last change that is carried out or over.</summary>
    public int Change { get; init; }

    /// <summary>Of a limit or a value: what it is, and its version.</summary>
    public int Value { get; init; }

    public long Version { get; init; }

    /// <summary>Whether it was not set, since it has another version.</summary>
    public bool IsConflict { get; init; }

    /// <summary>Whether it says that the attempt holds.</summary>
    public bool IsOfHold => Kind is AnswerKind.Granted or AnswerKind.Renewed or AnswerKind.Current or AnswerKind.Changed;
}
