namespace LockGrains.Core.Tests.Coordination;

/// <summary>Whom a lock asks about sessions; every answer is the story's.</summary>
internal sealed class ScriptedProbe : ISessionProbe
{
    public List<Ask> Asks { get; } = [];

    /// <summary>The calls that wait for an end and have no answer.</summary>
    public IEnumerable<Ask> Waiting => Asks.Where(ask => ask.Wait > TimeSpan.Zero && !ask.IsOver);

    public Task<bool> HasEndedAsync(SessionRef session, TimeSpan wait, CancellationToken cancellationToken)
    {
        var ask = new Ask(session, wait, cancellationToken);
        Asks.Add(ask);
        return ask.Task;
    }

    internal sealed class Ask
    {
        private readonly TaskCompletionSource<bool> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Ask(SessionRef session, TimeSpan wait, CancellationToken cancellationToken)
        {
            (Session, Wait) = (session, wait);
            cancellationToken.Register(() => _answer.TrySetCanceled(cancellationToken));
        }

        public SessionRef Session { get; }

        public TimeSpan Wait { get; }

        public Task<bool> Task => _answer.Task;

        public bool IsOver => _answer.Task.IsCompleted;

        public bool IsCancelled => _answer.Task.IsCanceled;

        public void Answer(bool hasEnded) => _answer.SetResult(hasEnded);

        public void Fail() => _answer.SetException(new IOException("Nobody replies."));
    }
}
