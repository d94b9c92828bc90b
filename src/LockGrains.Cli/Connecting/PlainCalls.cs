using System.Text.Json.Serialization.Metadata;
using LockGrains.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace LockGrains.Cli.Connecting;

/// <summary>
/// Calls of the API that are of no lock: who serves there, and what operators ask. Each is made again and again for as long as lockgrains tries, so it must
/// be one that may be sent twice.
/// </summary>
internal sealed class PlainCalls(ConnectionSettings settings, HttpLockClientOptions options, TimeProvider timeProvider) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly ApiCalls _calls = new(options, timeProvider, NullLogger.Instance);

    /// <summary>Waits until a server replies.</summary>
    /// <exception cref="CliException">None did: <see cref="ExitCode.Unavailable"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">The access key is not known.</exception>
    public Task ReachAsync(CancellationToken cancellationToken) => CallAsync(new ApiRequest(""), ReplyText.Default.AboutJson, cancellationToken);

    /// <summary>Makes a call.</summary>
    /// <param name="request">The call.</param>
    /// <param name="shape">The shape of its reply.</param>
    /// <param name="cancellationToken">Gives up at once.</param>
    /// <exception cref="CliException">No server replied to it: <see cref="ExitCode.Unavailable"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">The access key is not known, or may not do this.</exception>
    public async Task<T> CallAsync<T>(ApiRequest request, JsonTypeInfo<T> shape, CancellationToken cancellationToken)
        where T : class
    {
        var startedAt = timeProvider.GetTimestamp();
        while (true)
        {
            var reply = await _calls.CallAsync(request, shape, cancellationToken);
            if (reply.Value is { } value) return value;
            if (reply.Problem is { } problem) throw new CliException(ExitCode.Unavailable, problem.Detail ?? reply.Detail);
            if (timeProvider.GetElapsedTime(startedAt) + Pause >= settings.RetryFor)
            {
                throw new CliException(
                    ExitCode.Unavailable, $"no server replied at {settings} within {DurationText.Format(settings.RetryFor)}: {reply.Detail}");
            }

            await Task.Delay(Pause, timeProvider, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _calls.Dispose();
}
