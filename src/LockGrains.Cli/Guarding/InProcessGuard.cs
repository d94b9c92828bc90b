using System.Collections;
using LockGrains.Cli.Children;
using LockGrains.Cli.Commands;

namespace LockGrains.Cli.Guarding;

/// <summary>A guard for where processes are started in another way: a part of lockgrains itself, which cannot outlive it.</summary>
internal sealed class InProcessGuard : IGuard
{
    private readonly RunSettings _settings;
    private readonly ChildKeeper _keeper;
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WindowsChild? _child;
    private volatile EndStep _lastStep;

    public InProcessGuard(RunSettings settings)
    {
        _settings = settings;
        _keeper = new ChildKeeper(settings.Grace, ChildKeeper.MakeSleeper(), Posix.Now, step => _lastStep = step);
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
    public void Start(IReadOnlyList<HeldLock> locks, TimeSpan heldUntil)
    {
        HeldUntil(heldUntil);
        var environment = Environment.GetEnvironmentVariables()
            .Cast<DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "");
        var ofKeys = CommandVariables.OfKeys(_settings.Keys, _settings.Permits, environment.GetValueOrDefault(CommandVariables.Held));
        foreach (var (name, value) in ofKeys.Concat(CommandVariables.OfLocks(locks)))
        {
            if (value is null)
                environment.Remove(name);
            else
                environment[name] = value;
        }

        try
        {
            _child = WindowsChild.Start(_settings.Command, environment);
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
        if (_child is null)
            return;

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
