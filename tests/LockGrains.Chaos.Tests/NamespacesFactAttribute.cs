namespace LockGrains.Chaos.Tests;

/// <summary>
/// A test that makes network namespaces, as a run does. It is skipped with the reason where this machine makes none, and fails there with <c>CI=true</c>.
/// </summary>
public sealed class NamespacesFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Obstacle = new(() => Task.Run(FindObstacleAsync).GetAwaiter().GetResult());

    public NamespacesFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("CI") != "true" && Obstacle.Value is { } why)
            Skip = why;
    }

    private static async Task<string?> FindObstacleAsync()
    {
        await using var net = await Net.CreateAsync(wantsNamespaces: true);
        return net.Obstacle;
    }
}
