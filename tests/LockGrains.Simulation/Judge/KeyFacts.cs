namespace LockGrains.Simulation;

/// <summary>What is known of one key.</summary>
internal sealed class KeyFacts(int index)
{
    public int Index => index;

    public List<AttemptFacts> Attempts { get; } = [];

    public List<ActivationFacts> Activations { get; } = [];

    /// <summary>The attempts that were promised a place and still wait for it.</summary>
    public List<AttemptFacts> Places { get; } = [];

    /// <summary>Those who were granted the lock and have no successor yet.</summary>
    public List<AttemptFacts> Unsucceeded { get; } = [];

    public List<AttemptFacts> Believers { get; } = [];

    /// <summary>The last record that was written; null at first and after a loss.</summary>
    public CommitFacts? Committed { get; set; }

    public ActivationFacts? CommittedBy { get; set; }

    public long CommittedAt { get; set; } = -1;

    /// <summary>The last activation that has written a fence, and when in the order of things.</summary>
    public ActivationFacts? FencedBy { get; set; }

    public long FencedAs { get; set; }

    public long LostAt { get; set; } = -1;

    /// <summary>When it last lost its lock record, or the latest versions of it: more than places.</summary>
    public long HeadLostAt { get; set; } = -1;

    public long LostAs { get; set; } = -1;

    /// <summary>When one that started before the last loss has last written a chunk, in the order of things.</summary>
    public long ChunksMixedAs { get; set; } = -1;

    /// <summary>When a record was first made for it in place of a lost one.</summary>
    public long RemadeAt { get; set; } = -1;

    /// <summary>When its record was last deleted because nobody used it.</summary>
    public long ForgottenAt { get; set; } = -1;

    public ActivationFacts? ForgottenBy { get; set; }

    /// <summary>Tokens of grants in records that were made after a whole life of the key: nobody may be told of them.</summary>
    public HashSet<long> VoidTokens { get; } = [];

    /// <summary>Its limit and value, as last written; null while nobody can know, after a loss.</summary>
    public KeyDataFacts? Data { get; set; } = default(KeyDataFacts);

    /// <summary>All that they were since they are known, and from when on.</summary>
    public List<(long At, KeyDataFacts Data)> DataHistory { get; } = [(-1, default)];

    /// <summary>Whether anybody asked for it under a session.</summary>
    public bool IsHeldUnderSessions { get; set; }

    /// <summary>Whether it is the key of sessions.</summary>
    public bool IsOfSessions { get; set; }

    /// <summary>Of the sessions of this key, the tokens, and when storage first had that one is over; <see cref="long.MaxValue"/> while it goes on.</summary>
    public Dictionary<long, long> SessionsUntil { get; } = [];

    /// <summary>Of a key of sessions, the last token of each record, and when it was stored.</summary>
    public List<(long Token, long At)> TokensOfSessions { get; } = [];

    /// <summary>The requests to set them that arrived anywhere.</summary>
    public List<CallFacts> DataCalls { get; } = [];

    public bool HasStrayChunk { get; set; }

    /// <summary>When a chunk of its queue was last written.</summary>
    public long ChunkWrittenAt { get; set; } = -1;

    /// <summary>When an operator last took the lock from whoever held it.</summary>
    public long RevokedAt { get; set; } = -1;
}
