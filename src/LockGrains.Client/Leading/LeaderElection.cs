using System.Runtime.CompilerServices;

namespace LockGrains;

/// <summary>
/// Leader election: of all who campaign for a key, one leads. An election is a lock with a value: to campaign is to acquire it, to lead is to hold
/// it, to proclaim is to set its value, to resign is to release it. So leaders follow each other in the order in which they campaigned, and each has
/// a larger fencing token than all before it. Thread-safe.
/// <para>
/// For a background service that runs on one host only, <c>AddElectedHostedService</c> of <c>LockGrains.Client.Orleans</c> does all this. Whoever comes
/// from another library finds here: <c>Campaign</c>, <c>Proclaim</c>, <c>Resign</c> and <c>Leader</c> of etcd's <c>concurrency.Election</c>;
/// <c>LeaderSelector.takeLeadership</c> of Curator, and <c>Run</c> of client-go's <c>leaderelection</c>, as <see cref="RunAsync"/>.
/// </para>
/// <example><code>
/// var election = new LeaderElection(locks, "scheduler");
/// while (!stop.IsCancellationRequested)
/// {
///     await election.RunAsync((leadership, told) => ScheduleAsync(leadership.FencingToken, told), LockValue.OfText(address), stop);
/// }
/// </code></example>
/// </summary>
public sealed class LeaderElection
{
    private readonly ILockClient _locks;
    private readonly AcquireOptions _options;

    /// <summary>Makes an election. Makes no call.</summary>
    /// <param name="locks">The client.</param>
    /// <param name="key">The lock's key; see <see cref="LockKey"/>.</param>
    /// <param name="options">
    /// What differs from <see cref="LockClientOptions"/>, such as the lease, which is how long others wait for a leader that died; null for nothing.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The key is none. Or the options share the lock, or keep its value: <see cref="AcquireOptions.Mode"/> must be exclusive, and <see
    /// cref="LockValue.KeepFor"/> null.
    /// </exception>
    public LeaderElection(ILockClient locks, string key, AcquireOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(locks);
        Key = LockKey.Validate(key);
        _locks = locks;
        _options = options ?? new AcquireOptions();
        if (FindProblem(_options) is { } problem)
            throw new ArgumentException(problem, nameof(options));
    }

    /// <summary>The lock's key.</summary>
    public string Key { get; }

    /// <summary>Waits until this process leads, in the order of arrival.</summary>
    /// <param name="value">
    /// What the leader proclaims, set with the grant by one write: its address, say. It ends with the leadership. Null (the default) for <see
    /// cref="AcquireOptions.Value"/> of the election's options.
    /// </param>
    /// <param name="cancellationToken">Gives up; the place in the queue is given up too. Has no effect on a leadership once there is one.</param>
    /// <returns>The leadership, which lasts until it is resigned or disposed, or the lock is lost.</returns>
    /// <exception cref="ArgumentException">The value is too large or would be kept. Thrown by the call itself, but for what the silo says.</exception>
    /// <exception cref="LockQueueFullException">Too many campaign.</exception>
    /// <exception cref="LockUnavailableException">No usable reply for <see cref="LockClientOptions.UnavailableTimeout"/>.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the host stops.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    public ValueTask<Leadership> CampaignAsync(LockValue? value = null, CancellationToken cancellationToken = default)
    {
        // Begun here, so that a wrong argument is thrown by the call itself.
        return LeadAsync(_locks.AcquireAsync(Key, wait: null, With(value), cancellationToken));

        static async ValueTask<Leadership> LeadAsync(ValueTask<LockHandle> acquire) => new(await acquire.ConfigureAwait(false));
    }

    /// <summary>Leads if that can be had within a time; as <see cref="CampaignAsync"/>, but that another leads is no exception.</summary>
    /// <param name="wait">How long to wait: 0 (the default) for one try, which never overtakes those who wait; at most 365 days.</param>
    /// <param name="value">As for <see cref="CampaignAsync"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The leadership, or null when another leads or comes first.</returns>
    /// <exception cref="ArgumentException">As for <see cref="CampaignAsync"/>; or the wait is out of range.</exception>
    /// <exception cref="LockQueueFullException">Too many campaign.</exception>
    /// <exception cref="LockUnavailableException">Nobody can say whether this process leads.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the host stops.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    public ValueTask<Leadership?> TryCampaignAsync(TimeSpan wait = default, LockValue? value = null, CancellationToken cancellationToken = default)
    {
        return LeadAsync(_locks.TryAcquireAsync(Key, wait, With(value), cancellationToken));

        static async ValueTask<Leadership?> LeadAsync(ValueTask<LockHandle?> acquire) =>
            await acquire.ConfigureAwait(false) is { } handle ? new Leadership(handle) : null;
    }

    /// <summary>
    /// Campaigns, leads once, and resigns when the work has really ended, not before. The work begins in the context of the caller. Its token tells
    /// early, at <see cref="Leadership.AtRiskToken"/>: a third of the lease is left to come to an end before another can lead.
    /// </summary>
    /// <param name="lead">The work. It is given the leadership, and a token that is cancelled when the lock is at risk, and with the caller's.</param>
    /// <param name="value">As for <see cref="CampaignAsync"/>.</param>
    /// <param name="cancellationToken">Gives up the campaign, and asks the work to stop.</param>
    /// <returns>
    /// True when the work has ended by itself; false when it had been told to stop because the lock was at risk: call again to campaign again.
    /// </returns>
    /// <exception cref="LockLostException">The lock was lost before the work had ended: another may have led at the same time.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, and the work has stopped or not begun. Or the host stops.</exception>
    /// <exception cref="ArgumentException">As for <see cref="CampaignAsync"/>.</exception>
    /// <exception cref="LockQueueFullException">Too many campaign.</exception>
    /// <exception cref="LockUnavailableException">As for <see cref="CampaignAsync"/>.</exception>
    public Task<bool> RunAsync(Func<Leadership, CancellationToken, Task> lead, LockValue? value = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(lead);
        return _locks.RunAsync(Key, LeadAsync, wait: null, With(value), cancellationToken);

        async Task<bool> LeadAsync(LockHandle handle, CancellationToken told)
        {
            try
            {
                await lead(new Leadership(handle), told).ConfigureAwait(true);
            }
            catch (OperationCanceledException) when (handle.AtRiskToken.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                return false;
            }

            return !handle.AtRiskToken.IsCancellationRequested;
        }
    }

    /// <summary>Tells who leads now. For people and for finding the leader: it may be out of date when it arrives.</summary>
    /// <param name="cancellationToken">Ends this call.</param>
    /// <returns>The leader, or null while nobody leads.</returns>
    /// <exception cref="LockUnavailableException">Nobody can say who leads.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<LeaderInfo?> GetLeaderAsync(CancellationToken cancellationToken = default)
    {
        var info = await _locks.GetInfoAsync(Key, cancellationToken).ConfigureAwait(false);
        if (!info.Known)
            throw new LockUnavailableException(Key, $"Nobody could say who leads '{Key}'. {info.Detail}".TrimEnd(), innerException: null);

        return LeaderOf(info);
    }

    /// <summary>
    /// Follows who leads: the leader now, and then the latest one whenever that or what it proclaims has changed. Changes in between may be left out;
    /// none is older than the one before. While nobody can say who leads, there is none. Source: <c>Observe</c> of etcd's election.
    /// </summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The leaders; null while nobody leads. It has no end of its own.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the host stops.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    public IAsyncEnumerable<LeaderInfo?> ObserveAsync(CancellationToken cancellationToken = default)
    {
        // Begun here, so that a disposed client is thrown by the call itself.
        return LeadersAsync(_locks.WatchAsync(Key, cancellationToken), CancellationToken.None);

        static async IAsyncEnumerable<LeaderInfo?> LeadersAsync(IAsyncEnumerable<LockInfo> states, [EnumeratorCancellation] CancellationToken end)
        {
            var (isFirst, last) = (true, (LeaderInfo?)null);
            await foreach (var info in states.WithCancellation(end).ConfigureAwait(false))
            {
                if (!info.Known || (LeaderOf(info) == last && !isFirst))
                    continue;

                (isFirst, last) = (false, LeaderOf(info));
                yield return last;
            }
        }
    }

    /// <summary>What is wrong with options for an election; null when nothing is.</summary>
    internal static string? FindProblem(AcquireOptions options) => options.Mode != LockMode.Exclusive
        ? $"{nameof(AcquireOptions.Mode)} is {options.Mode}; it must be {LockMode.Exclusive}, because one leads."
        : options.Value is { } value ? FindProblem(value) : null;

    /// <summary>What is wrong with a value that a leader proclaims; null when nothing is.</summary>
    internal static string? FindProblem(LockValue value) => value.KeepFor is null
        ? null
        : $"{nameof(LockValue.KeepFor)} must be null: what a leader proclaims ends with its leadership. To keep a value for the next leader, set it with the handle.";

    private static LeaderInfo? LeaderOf(LockInfo info) => info.Holder is { } holder
        ? new LeaderInfo { OwnerId = holder.OwnerId, FencingToken = holder.FencingToken, Value = info.Value }
        : null;

    private AcquireOptions With(LockValue? value)
    {
        if (value is null)
            return _options;

        return FindProblem(value) is { } problem ? throw new ArgumentException(problem, nameof(value)) : _options with { Value = value };
    }
}
