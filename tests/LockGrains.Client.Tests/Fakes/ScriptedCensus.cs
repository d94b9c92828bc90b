namespace LockGrains.Client.Tests.Fakes;

/// <summary>The list of locks, whose every page is written by the test. Without a script it hangs.</summary>
internal sealed class ScriptedCensus : ILockCensusGrain
{
    public Script<LockListRequest, LockListPage> List { get; } = new("list");

    public ValueTask<LockListPage> ListAsync(LockListRequest request, CancellationToken cancellationToken = default) => List.CallAsync(request);
}
