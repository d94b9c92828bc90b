using System.Diagnostics;
using LockGrains.Core;

namespace LockGrains;

/// <summary>A span for each command of a lock: source <c>LockGrains</c>. Unlike a measure, a span may name the key.</summary>
internal static class LockGrainTracing
{
    private static readonly ActivitySource Source = new("LockGrains");

    public static bool HasListeners => Source.HasListeners();

    public static async Task<T> TraceAsync<T>(
        LockCoordinator coordinator, string key, LockCommand command, Func<LockAnswer, T> read, CancellationToken cancellationToken)
    {
        using var activity = Source.StartActivity($"lockgrains.grain.{MeasureName.OfType(command)}", ActivityKind.Internal);
        activity?.SetTag("lockgrains.key", key);
        var answer = await coordinator.ExecuteAsync(command, cancellationToken);
        activity?.SetTag("lockgrains.outcome", MeasureName.OfType(answer.Reply));
        if (answer.Reply is LockReply.Granted granted)
            activity?.SetTag("lockgrains.fencing_token", granted.Lease.FencingToken.Value);
        if (answer.Reply is LockReply.Unknown unknown)
            activity?.SetStatus(ActivityStatusCode.Error, unknown.Detail);
        return read(answer);
    }
}
