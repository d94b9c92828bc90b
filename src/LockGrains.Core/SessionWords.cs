using System.Collections.Immutable;

namespace LockGrains.Core;

/// <summary>
/// Words that were left for the holder of a session: the keys of holds under it that somebody has revoked. Each is told with the next heartbeats of the
/// session. They are in memory, since a word that is lost costs time alone: the lock itself tells its holder later.
/// </summary>
internal sealed class SessionWords
{
    /// <summary>How many are kept. The oldest goes first.</summary>
    public const int WordsMax = 256;

    // The reply to a heartbeat may be lost, and to be told again does no harm.
    private const int Tellings = 3;

    private readonly List<(string Key, int Left)> _words = [];

    /// <summary>Leaves word that a hold of a key was revoked.</summary>
    /// <param name="key">The key.</param>
    public void Leave(string key)
    {
        _words.RemoveAll(word => word.Key == key);
        if (_words.Count == WordsMax)
            _words.RemoveAt(0);
        _words.Add((key, Tellings));
    }

    /// <summary>Tells them with a heartbeat of the session, if that is one: whoever is told by another reply has lost the session.</summary>
    /// <param name="reply">The reply to the heartbeat.</param>
    public RenewReply AddTo(RenewReply reply)
    {
        if (_words.Count == 0 || reply.Status != RenewStatus.Renewed)
            return reply;
        var keys = _words.Select(static word => word.Key).ToImmutableArray();
        for (var index = _words.Count - 1; index >= 0; index--)
        {
            _words[index] = _words[index] with { Left = _words[index].Left - 1 };
            if (_words[index].Left == 0)
                _words.RemoveAt(index);
        }

        return reply with { RevokedKeys = keys };
    }
}
