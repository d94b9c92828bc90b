namespace LockGrains.Chaos;

internal static class StandardInput
{
    /// <summary>Cancelled when standard input ends: with the supervisor, however that ends, all its helpers end.</summary>
    /// <param name="onLine">Told each line.</param>
    public static CancellationTokenSource WhenClosed(Action<string>? onLine = null)
    {
        var closed = new CancellationTokenSource();

        // A thread of its own: reading the console blocks, asynchronous or not.
        new Thread(Read) { IsBackground = true, Name = "standard input" }.Start();
        return closed;

        void Read()
        {
            while (Console.In.ReadLine() is { } line)
                onLine?.Invoke(line);
            try
            {
                closed.Cancel();
            }
            catch (Exception exception) when (exception is ObjectDisposedException or AggregateException)
            {
                // The helper has ended by itself, or is ending.
            }
        }
    }
}
