using System.Collections;
using System.Globalization;
using LockGrains.Cli.Children;

namespace LockGrains.Cli.Guarding;

/// <summary>A guard for where processes are started in another way: a part of lockgrains itself, which cannot outlive it.</summary>
internal sealed class InProcessGuard : IGuard
{
    private readonly IReadOnlyList<string> _command;
    private readonly IReadOnlyList<string> _keys;
    private readonly ChildKeeper _keeper;
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WindowsChild? _child;
    private volatile EndStep _lastStep;

    public InProcessGuard(IReadOnlyList<string> command, IReadOnlyList<string> keys, TimeSpan grace)
    {
        _command = command;
        _keys = keys;
        _keeper = new ChildKeeper(grace, ChildKeeper.MakeSleeper(), Posix.Now, step => _lastStep = step);
    }

    /// <inheritdoc/>
    public Task<int> Exited => _exited.Task;

    /// <inheritdoc/>
    public Task Ended => _ended.Task;

    /// <inheritdoc/>
    public bool HasAsked => _lastStep != EndStep.None;

    /// <inheritdoc/>
    public bool HasKilled => _lastStep == EndStep.Kill;

    /// <inheritdoc/>
    public void Start(IReadOnlyList<long> fencingTokens, TimeSpan heldUntil)
    {
        HeldUntil(heldUntil);
        var environment = Environment.GetEnvironmentVariables()
            .Cast<DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "");
        string[] tokens = [.. fencingTokens.Select(static token => token.ToString(CultureInfo.InvariantCulture))];
        var added = CommandVariables.OfKeys(_keys, environment.GetValueOrDefault(CommandVariables.Held)).Concat(CommandVariables.OfTokens(tokens));
        foreach (var (name, value) in added) environment[name] = value;
        try
        {
            _child = WindowsChild.Start(_command, environment);
        }
        catch (CliException exception)
        {
            _exited.SetException(exception);
            _ended.SetResult();
            return;
        }

        _keeper.Keep(_child);
        _ = FollowAsync(_child);
    }

    /// <inheritdoc/>
    public void HeldUntil(TimeSpan deadline) => _keeper.Learn((plan, _) => plan.HeldUntil(deadline));

    /// <inheritdoc/>
    public void Revoked() => _keeper.Learn(static (plan, now) => plan.Revoked(now));

    /// <inheritdoc/>
    public void Signal(int signal) => _child?.Signal(signal);

    /// <inheritdoc/>
    public void TakeOver() => _child?.Kill();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_child is null) return;

        _keeper.Learn(static (plan, now) => plan.HolderGone(now));
        await Ended;
    }

    private async Task FollowAsync(WindowsChild child)
    {
        _exited.SetResult(await child.Exited);
        await child.Ended;
        _ended.SetResult();
    }
}
