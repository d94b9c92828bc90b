namespace LockGrains.Cli.Waiting;

/// <summary>One line whenever the place or the length of the queue has changed: for logs and pipes.</summary>
internal sealed class PlainWaitDisplay : WaitDisplay
{
    private readonly TextWriter _error;
    private readonly Lock _gate = new();
    private string _last = "";

    public PlainWaitDisplay(TextWriter error) => _error = error;

    /// <inheritdoc/>
    public override void Report(WaitProgress value)
    {
        var line = Describe(value);
        lock (_gate)
        {
            if (line == _last)
            {
                return;
            }

            _last = line;
            _error.WriteLine($"lockgrains: {line}");
        }
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
