using System.Globalization;
using System.Text;
using LockGrains.Cli.Watching;

namespace LockGrains.Cli.Waiting;

/// <summary>Shows the place in line while <c>run</c> waits. Silent when the lock comes at once.</summary>
internal abstract class WaitDisplay : IProgress<WaitProgress>, IAsyncDisposable
{
    /// <summary>A live line for a terminal, plain lines for anything else.</summary>
    public static WaitDisplay Create(TextWriter error, bool isTerminal, TimeProvider timeProvider) =>
        isTerminal && Escapes.AreUnderstood(Escapes.Error) ? new TerminalWaitDisplay(error, timeProvider) : new PlainWaitDisplay(error);

    /// <summary>The line that both displays share.</summary>
    public static string Describe(WaitProgress progress) => string.Create(
        CultureInfo.InvariantCulture,
        $"waiting for '{Printable(progress.Key)}': place {progress.Place} of {progress.QueueLength}");

    /// <summary>
    /// Text from elsewhere, fit for a terminal: owner labels are whatever another client sent, and an escape sequence among them
    /// could rewrite the screen.
    /// </summary>
    public static string Printable(string text)
    {
        var printable = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            printable.Append(Rune.IsControl(rune) ? "?" : rune.ToString());
        }

        return printable.ToString();
    }

    /// <inheritdoc/>
    public abstract void Report(WaitProgress value);

    /// <summary>The wait is over, and the locks are held. Nobody is told who has not seen that it waited.</summary>
    /// <param name="locks">The locks, for a notice.</param>
    public virtual void EndHeld(string locks)
    {
    }

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
