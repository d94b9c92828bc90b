using LockGrains.Core;

namespace LockGrains.Simulation;

/// <summary>How much of the lock a hold has, as its client believes, and how its client changes that: one numbered change after another.</summary>
internal sealed class ShareKeeper(Client client, Attempt attempt, ShareFacts granted, Func<bool> isHeld, Action onChanged, Action onNotHeld)
{
    private readonly World _world = client.World;
    private readonly Prng _random = client.Random;
    private int _change;
    private Task? _unconfirmed;

    /// <summary>What the client may rely on.</summary>
    public ShareFacts Share { get; private set; } = granted;

    /// <summary>Perhaps changes it. What was given up is confirmed before the next change is begun.</summary>
    public async Task ChangeAsync()
    {
        if (_unconfirmed is { IsCompleted: false })
            return;
        var (upgrades, downgrades) = (_world.Options[Option.UpgradePermille], _world.Options[Option.DowngradePermille]);
        if (Share.Mode == HoldMode.Upgradeable && _random.Chance(upgrades))
            await UpgradeAsync();
        else if (Share.Mode == HoldMode.Shared && _random.Chance(upgrades / 20))
            await MisuseAsync();
        else if ((Share.Mode != HoldMode.Shared || Share.Permits > 1) && _random.Chance(downgrades))
            await DowngradeAsync();
    }

    private async Task UpgradeAsync()
    {
        attempt.Stage = "upgrades";
        var upgrade = new Upgrade(client, attempt, ++_change, isHeld);
        var answer = await upgrade.RunAsync();
        if (answer is { Kind: AnswerKind.Granted } && isHeld())
            Become(new ShareFacts(Share.Lease, answer.Value.Token));
        else if (answer is { Kind: AnswerKind.NotHeld })
            onNotHeld();
        else if (answer is null or { Kind: AnswerKind.Granted })
            _unconfirmed = GiveUpAsync(upgrade);

        // An owner may go on at once: it has what it had.
        if (_unconfirmed is not null && !_random.Chance(300))
            await _unconfirmed;
        attempt.Stage = "holds";
    }

    private async Task GiveUpAsync(Upgrade upgrade)
    {
        if (await upgrade.GiveUpAsync() is { Kind: AnswerKind.NotHeld })
            onNotHeld();
    }

    // Two that share a lock would wait for each other.
    private async Task MisuseAsync()
    {
        var command = new LockCommand.Upgrade(new LeaseId(attempt.Lease), ++_change, TimeSpan.FromSeconds(1));
        var call = attempt.NewCall(CallKind.Upgrade, attempt.Lease, command.Wait, attempt.Settings.Slice, change: _change);
        var answer = await client.CallAsync(call, command, attempt.Settings.AttemptTimeout);
        if (answer is { Kind: AnswerKind.Invalid })
            _world.Coverage.Add(Mark.UpgradeRefused);
        else if (answer is { Kind: AnswerKind.NotHeld })
            onNotHeld();
    }

    /// <summary>The client stops relying on what it gives back before it says so.</summary>
    private async Task DowngradeAsync()
    {
        attempt.Stage = "gives a part back";
        var mode = Share.Mode == HoldMode.Exclusive && _random.Chance(500) ? HoldMode.Upgradeable : HoldMode.Shared;
        var permits = 1 + _random.Below(Share.Permits - 1);
        Become(Share with { Mode = mode, Permits = permits, Numbers = [.. Share.Numbers.Take(permits)] });
        var command = new LockCommand.Downgrade(new LeaseId(attempt.Lease), ++_change, Translation.Of(mode), permits);
        if (await attempt.ChangeAsync(CallKind.Downgrade, _change, command, isHeld) is { Kind: AnswerKind.NotHeld })
            onNotHeld();
        attempt.Stage = "holds";
    }

    private void Become(ShareFacts share)
    {
        Share = share;
        onChanged();
    }
}
