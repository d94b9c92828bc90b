namespace LockGrains.AspNetCore.Access;

/// <summary>Says when a request that is still open must be decided about again: access has changed, or its access key is over.</summary>
internal sealed class AccessWatch : IDisposable
{
    // Nothing is open for longer without being decided about again.
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    // A timer counts whole milliseconds. One too early would find the key still accepted, again and again.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    private readonly CancellationTokenSource? _end;
    private readonly CancellationTokenSource _either;

    /// <summary>Watches.</summary>
    /// <param name="validity">Until when the decision holds.</param>
    /// <param name="time">The clock.</param>
    public AccessWatch(AccessValidity validity, TimeProvider time)
    {
        if (validity.EndsIn is { } endsIn && endsIn < Longest)
            _end = new CancellationTokenSource(endsIn > TimeSpan.Zero ? endsIn + Tick : Tick, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(validity.Changed, _end?.Token ?? CancellationToken.None);
    }

    /// <summary>Fires then.</summary>
    public CancellationToken Due => _either.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        _either.Dispose();
        _end?.Dispose();
    }
}
