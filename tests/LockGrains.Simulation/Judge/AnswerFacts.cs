namespace LockGrains.Simulation;

/// <summary>What a call was answered.</summary>
internal readonly record struct AnswerFacts(
    AnswerKind Kind, long Token = 0, long ValidFor = 0, long Ticket = 0, int Place = 0, int QueueLength = 0, EndKind End = EndKind.None);
