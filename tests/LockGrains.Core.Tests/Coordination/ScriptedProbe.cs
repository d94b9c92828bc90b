namespace LockGrains.Core.Tests.Coordination;

/// <summary>Whom a lock asks about sessions; every answer is the story's.</summary>
internal sealed class ScriptedProbe : ISessionProbe
{
    public List<Ask> Asks { get; } = [];

    /// <summary>The calls that wait for an end and have no answer.</summary>
    public IEnumerable<Ask> Waiting => Asks.Where(ask => ask.Wait > TimeSpan.Zero && !ask.IsOver);

    /// <summary>What happens where each call is made.</summary>
    public Action? OnAsk { get; set; }

    public Task<bool> HasEndedAsync(SessionRef session, TimeSpan wait, CancellationToken cancellationToken)
    {
        OnAsk?.Invoke();
        var ask = new Ask(session, wait, cancellationToken);
        Asks.Add(ask);
        return ask.Task;
    }

    internal sealed class Ask
    {
        private readonly TaskCompletionSource<bool> _answer = new();

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

        /// <summary>Answers unless whoever asked has ended the call.</summary>
        public void AnswerIfOpen(bool hasEnded) => _answer.TrySetResult(hasEnded);

        public void Fail() => _answer.SetException(new IOException("Nobody replies."));
    }
}
