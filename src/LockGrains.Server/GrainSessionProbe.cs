using LockGrains.Core;

namespace LockGrains;

/// <summary>Asks a session's grain, wherever that is.</summary>
internal sealed class GrainSessionProbe(IGrainFactory grains) : ISessionProbe
{
    public async Task<bool> HasEndedAsync(SessionRef session, TimeSpan wait, CancellationToken cancellationToken) =>
        await grains.GetGrain<ISessionGrain>(session.Id).AwaitEndAsync(session.Token.Value, wait, cancellationToken) switch
        {
            SessionStatus.Over => true,
            SessionStatus.Alive => false,
            _ => throw new InvalidOperationException($"Nobody can say whether the session {session.Id} is over."),
        };
}
