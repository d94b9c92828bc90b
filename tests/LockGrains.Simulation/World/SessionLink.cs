using System.Globalization;
using LockGrains.Core;

namespace LockGrains.Simulation;

/// <summary>Asks after a session over the network, at the silo that has its key as the directory says.</summary>
internal sealed class SessionLink(World world, Silo silo) : ISessionProbe
{
    private const string Prefix = "session-";

    /// <summary>How long a reply may take beyond the time that it may wait.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The id of the sessions of a key.</summary>
    public static string IdOf(int key) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{key}");

    public async Task<bool> HasEndedAsync(SessionRef session, TimeSpan wait, CancellationToken cancellationToken)
    {
        var key = int.Parse(session.Id.AsSpan(Prefix.Length), CultureInfo.InvariantCulture);
        var there = world.Directory.Route(key, silo.Index);
        var reply = new TaskCompletionSource<bool?>();
        world.Network.Send(silo.Process, there.Process, () => there.AnswerEnd(key, session.Token, wait, isOver =>
            world.Network.Send(there.Process, silo.Process, () => reply.TrySetResult(isOver))));
        world.Loop.After(silo.Process.Clock.ToTrue((wait + Patience).Ticks), silo.Process, () => reply.TrySetResult(null));

        // As a call's own time-out does: never in the middle of what cancels it.
        await using var gone = cancellationToken.UnsafeRegister(_ => silo.Process.Post(() => { reply.TrySetCanceled(CancellationToken.None); }), null);
        var isOver = await reply.Task;
        world.Coverage.Add(isOver switch
        {
            true => Mark.SessionFoundOver,
            false => Mark.SessionFoundAlive,
            null => Mark.SessionOutOfReach,
        });
        return isOver ?? throw new InvalidOperationException($"Nobody can say whether {session} is over.");
    }
}
