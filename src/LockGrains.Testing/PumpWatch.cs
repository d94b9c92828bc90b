namespace LockGrains.Testing;

/// <summary>What a client on a <see cref="FakeClock"/> does beside its calls: all of it is the pump's work, none the thread pool's.</summary>
internal sealed class PumpWatch(FakeClock clock) : IWatch
{
    private readonly TimerWatch _timers = new(clock);

    public TimeSpan Notice => TimeSpan.Zero;

    public TimeSpan PoolPatience => TimeSpan.Zero;

    public bool IsPoolStalled => false;

    public ITimer CreateAlarm(TimerCallback callback, object state) => _timers.CreateAlarm(callback, state);

    public void Run(Action work) => work();

    public void Warn()
    {
    }

    public Task Cancel(CancellationTokenSource source, Action<Exception> onThrew) => this.CancelNow(source, onThrew);

    public Task CancelAsync(CancellationTokenSource source) => clock.Pump.DoAsync(source.Cancel);

    public Task<T> RunDetached<T>(Func<Task<T>> work) => clock.Pump.RunAsync(work);

    public CancellationTokenSource Link(CancellationToken caller, CancellationToken ending) => new Linked(clock.Pump, caller, ending);

    /// <summary>Cancelled on the pump, wherever the caller cancels its own.</summary>
    private sealed class Linked : CancellationTokenSource
    {
        private readonly CancellationTokenRegistration[] _registrations;
        private bool _isDisposed;

        public Linked(Pump pump, params ReadOnlySpan<CancellationToken> tokens)
        {
            _registrations = new CancellationTokenRegistration[tokens.Length];
            for (var index = 0; index < tokens.Length; index++)
                _registrations[index] = tokens[index].UnsafeRegister(_ => pump.DoAsync(CancelUnlessDisposed), null);
        }

        protected override void Dispose(bool disposing)
        {
            Volatile.Write(ref _isDisposed, true);
            foreach (var registration in _registrations)
                registration.Unregister();
            base.Dispose(disposing);
        }

        private void CancelUnlessDisposed()
        {
            if (!Volatile.Read(ref _isDisposed))
                Cancel();
        }
    }
}
