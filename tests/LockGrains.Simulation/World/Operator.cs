using LockGrains.Core;

namespace LockGrains.Simulation;

/// <summary>Who takes locks away and sets limits, at the silo that has the key.</summary>
internal sealed class Operator(World world)
{
    private readonly Prng _random = world.Options.Stream(Stream.Operator);
    private readonly long[] _versions = new long[world.Options.AllKeys];

    public void Revoke(int key) => Send(NewCall(key, CallKind.Revoke), new LockCommand.Revoke(FencingToken.None), static _ => { });

    /// <summary>Sets another limit, or none. Now and then a copy of an earlier request comes late.</summary>
    public void SetLimit(int key)
    {
        var late = _random.Chance(200) && _versions[key] > 0 ? 1 : 0;
        SetLimit(key, _random.Chance(300) ? 0 : 1 + _random.Below(world.Options[Option.LimitMax] + 1), _versions[key] - late, isLast: false);
    }

    /// <summary>Calm times: no key has a limit any more. Goes on until that is confirmed.</summary>
    public void LiftLimits()
    {
        for (var key = 0; key < _versions.Length && world.Options[Option.SetLimit] > 0; key++)
            SetLimit(key, limit: 0, _versions[key], isLast: true);
    }

    private void SetLimit(int key, int limit, long version, bool isLast) => Send(
        NewCall(key, CallKind.SetLimit, limit, version),
        new LockCommand.SetLimit(limit, version),
        answer =>
        {
            if (answer.Kind == AnswerKind.LimitIs)
                _versions[key] = answer.Version;
            if (isLast && answer is not { Kind: AnswerKind.LimitIs, IsConflict: false })
                world.Loop.After(TimeSpan.TicksPerSecond, () => SetLimit(key, limit, _versions[key], isLast));
        });

    private CallFacts NewCall(int key, CallKind kind, int value = 0, long version = 0) =>
        new() { Id = world.NextCallId(), Key = key, Lease = Guid.Empty, Kind = kind, SentAt = world.Loop.Now, Value = value, IfVersion = version };

    private void Send(CallFacts call, LockCommand command, Action<AnswerFacts> onAnswer)
    {
        var silo = world.Silos[world.Directory.Owner(call.Key)];
        world.Timeline?.Add("operator", $"sends {call} to silo{silo.Index}");
        silo.Process.Do(() => silo.Receive(call, command, onAnswer));
    }
}
