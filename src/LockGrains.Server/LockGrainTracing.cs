using System.Diagnostics;
using LockGrains.Core;

namespace LockGrains;

/// <summary>A span for each command of a lock, and for what that asks of the storage: source <c>LockGrains</c>. Unlike a measure, a span may name the key.</summary>
internal static class LockGrainTracing
{
    private static readonly ActivitySource Source = new("LockGrains");

    public static bool HasListeners => Source.HasListeners();

    public static async Task<T> TraceAsync<T>(
        LockCoordinator coordinator, string key, LockCommand command, Func<LockAnswer, T> read, CancellationToken cancellationToken)
    {
        // Samplers see the key, too.
        using var activity = Source.StartActivity(
            ActivityKind.Internal, tags: [new("lockgrains.key", key)], name: $"lockgrains.grain.{MeasureName.OfType(command)}");
        return await coordinator.ExecuteAsync(command, Read, cancellationToken);

        // It ends where the reply is made: what the coordinator does from there on is for others.
        T Read(LockAnswer answer)
        {
            if (activity is not null)
                End(activity, answer.Reply);
            return read(answer);
        }
    }

    /// <summary>
    /// A span for an operation of the storage, below that of the command that it is for; null where nobody records that.
    /// <para>
    /// Commands that come while a write is on its way go into the next one together. That goes on in the context of the command before, which may have
    /// its reply long since: it is not that one's write, and has no span.
    /// </para>
    /// </summary>
    /// <param name="operation">What is asked of it.</param>
    /// <param name="key">The lock's key.</param>
    /// <param name="name">The record.</param>
    public static Activity? StartStore(string operation, string key, RecordName name)
    {
        if (Activity.Current is not { IsStopped: false } command || command.Source != Source)
            return null;
        var activity = Source.StartActivity($"lockgrains.store.{operation}", ActivityKind.Client);
        return activity?.SetTag("lockgrains.key", key).SetTag("lockgrains.record", name.ToString());
    }

    private static void End(Activity activity, LockReply reply)
    {
        activity.SetTag("lockgrains.outcome", MeasureName.OfType(reply));
        if (reply is LockReply.Granted granted)
            activity.SetTag("lockgrains.fencing_token", granted.Lease.FencingToken.Value);
        if (reply is LockReply.Unknown unknown)
            activity.SetStatus(ActivityStatusCode.Error, unknown.Detail);
        activity.Stop();
    }
}
