namespace LockGrains.Simulation;

/// <summary>What a key protects: takes writes, and refuses one with a smaller token than it has seen. It is all that a resource must do.</summary>
internal sealed class FencedResource(World world, int key)
{
    private long _highest;

    public void Write(Guid lease, long token)
    {
        var accepted = token >= _highest;
        if (token != _highest)
            world.Timeline?.Add("resource", $"{(accepted ? "takes its first" : "REFUSES a")} write of {Short.Of(lease)} with token {token}");
        _highest = Math.Max(_highest, token);
        world.Coverage.Add(accepted ? Mark.WriteAccepted : Mark.StaleWriteFenced);
        world.Judge.OnWrite(key, lease, token, accepted);
    }
}
