namespace LockGrains.Chaos;

internal static class StandardInput
{
    /// <summary>Cancelled when standard input ends: with the supervisor, however that ends, all its helpers end.</summary>
    /// <param name="onLine">Told each line.</param>
    public static CancellationTokenSource WhenClosed(Action<string>? onLine = null)
    {
        var closed = new CancellationTokenSource();
        _ = Task.Run(ReadAsync);
        return closed;

        async Task ReadAsync()
        {
            while (await Console.In.ReadLineAsync() is { } line)
                onLine?.Invoke(line);
            await closed.CancelAsync();
        }
    }
}
