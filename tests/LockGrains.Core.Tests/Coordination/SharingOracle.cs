namespace LockGrains.Core.Tests.Coordination;

/// <summary>
/// Judges what clients believe, and nothing else: those who work at a time must fit together, whoever begins to work alone has a larger token than
/// everybody before, and whoever begins to share has a larger one than everybody who was alone.
/// </summary>
/// <param name="limit">The limit that all who have one name; 0 where nobody does.</param>
internal sealed class SharingOracle(int limit)
{
    private readonly List<SharingClient> _clients = [];
    private readonly Dictionary<SharingClient, FencingToken> _alone = [];

    public void Add(SharingClient client) => _clients.Add(client);

    /// <summary>A client has begun to work, or has more than before.</summary>
    public void Began(SharingClient client)
    {
        var isAlone = client.Mode == LockMode.Exclusive;
        foreach (var other in _clients.Where(other => other != client))
        {
            var before = isAlone ? other.Token : _alone.GetValueOrDefault(other);
            Assert.True(client.Token > before, $"{Text(client)} began with a token that is not larger than {before} of {Text(other)}.");
        }

        if (isAlone)
            _alone[client] = client.Token;
    }

    /// <summary>Looks at all who work now.</summary>
    public void Check(TimeSpan now)
    {
        SharingClient[] working = [.. _clients.Where(client => client.Works(now))];
        var text = $"At {now} these work side by side: {string.Join("; ", working.Select(Text))}.";
        Assert.True(working.Length <= 1 || working.All(client => client.Mode != LockMode.Exclusive), text);
        Assert.True(working.Count(client => client.Mode == LockMode.Upgradeable) <= 1, text);
        Assert.True(working.SelectMany(client => client.Numbers).Distinct().Count() == working.Sum(client => client.Numbers.Length), text);
        Assert.True(limit == 0 || working.Sum(client => client.Permits) <= limit, text);
    }

    private static string Text(SharingClient client) =>
        $"{client.Request.LeaseId} {client.Mode} {client.Permits} [{string.Join(' ', client.Numbers)}] with {client.Token} until {client.Until}";
}
