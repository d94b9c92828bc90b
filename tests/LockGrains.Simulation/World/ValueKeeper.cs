using LockGrains.Core;

namespace LockGrains.Simulation;

/// <summary>Sets a key's value for who holds it exclusively, in place of the version that was read before, and reads it for all.</summary>
internal sealed class ValueKeeper(Client client, Attempt attempt, Func<bool> isHeld, Action onNotHeld)
{
    private readonly Prng _random = client.Random;

    public Task<AnswerFacts?> ReadAsync() =>
        client.CallAsync(attempt.NewDataCall(CallKind.ReadValue), LockCommand.ReadValue.Instance, attempt.Settings.AttemptTimeout);

    /// <summary>Goes on until a silo says what became of it, or the hold is over.</summary>
    public async Task SetAsync()
    {
        if (await ReadAsync() is not { Kind: AnswerKind.ValueIs } read)
            return;
        var value = client.World.NextValue();
        TimeSpan? keepFor = _random.Chance(400) ? TimeSpan.FromMilliseconds(1 + _random.Below(10_000)) : null;
        var command = new LockCommand.SetValue(new LeaseId(attempt.Lease), Translation.ValueOf(value, keepFor), read.Version);
        for (var failures = 1; isHeld(); failures++)
        {
            var answer = await client.CallAsync(attempt.NewDataCall(CallKind.SetValue, value, read.Version), command, attempt.Settings.AttemptTimeout);
            if (answer is { Kind: AnswerKind.NotHeld })
                onNotHeld();
            if (answer is { Kind: AnswerKind.ValueIs or AnswerKind.NotHeld or AnswerKind.Invalid })
                return;
            await client.Process.DelayAsync(client.Backoff(failures));
        }
    }
}
