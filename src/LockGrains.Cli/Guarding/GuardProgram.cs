using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using LockGrains.Cli.Children;
using Microsoft.Win32.SafeHandles;

namespace LockGrains.Cli.Guarding;

/// <summary>
/// The process that is the parent of the command. It does what lockgrains orders, and keeps the deadline of the lock by itself: it goes
/// on when lockgrains is stopped, killed or out of memory, and then ends the command. It writes to none of the command's streams.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class GuardProgram
{
    private readonly GuardTerms _terms;
    private readonly IReadOnlyList<byte[]> _command;
    private readonly TextWriter _reports;
    private readonly ChildKeeper _keeper;
    private UnixChild? _child;
    private Task _allReported = Task.CompletedTask;

    private GuardProgram(GuardTerms terms, IReadOnlyList<byte[]> command)
    {
        _terms = terms;
        _command = command;
        _reports = TextWriter.Synchronized(new StreamWriter(Open(terms.Reports, FileAccess.Write)) { AutoFlush = true });
        _keeper = new ChildKeeper(terms.Grace, ChildKeeper.MakeSleeper(), Posix.Now, OnStep);
    }

    /// <summary>Is the guard of a command until that has ended.</summary>
    public static async Task RunAsync(GuardTerms terms, IReadOnlyList<byte[]> command)
    {
        // What ends lockgrains and its command together, such as the stop of a service, must not end their guard first.
        var registrations = CommandSignals.Ignore();
        await new GuardProgram(terms, command).RunAsync();

        // Not disposed: a signal that came a moment ago, and is not handled yet, would end the guard then.
        GC.KeepAlive(registrations);
    }

    private static FileStream Open(int descriptor, FileAccess access) =>
        new(new SafeFileHandle(descriptor, ownsHandle: true), access, bufferSize: 0);

    private async Task RunAsync()
    {
        using var orders = new StreamReader(Open(_terms.Orders, FileAccess.Read));
        while (orders.ReadLine() is { } order)
            Obey(order);

        // Whoever gave orders is gone, or has all that it wanted.
        if (_child is null)
            return;

        _keeper.Learn(static (plan, now) => plan.HolderGone(now));
        await _allReported;
    }

    private void Obey(string order)
    {
        var words = order.Split(' ');
        switch (words[0])
        {
            case GuardWord.Start when _child is null:
                Start([.. words.Skip(1).Select(HeldLock.Read)]);
                break;
            case GuardWord.HeldUntil:
                var deadline = new TimeSpan(NumberOf(words));
                _keeper.Learn((plan, _) => plan.HeldUntil(deadline));
                break;
            case GuardWord.Revoked:
                _keeper.Learn(static (plan, now) => plan.Revoked(now));
                break;
            case GuardWord.Signal:
                _child?.Signal((int)NumberOf(words));
                break;
        }
    }

    private static long NumberOf(string[] words) => long.Parse(words[1], CultureInfo.InvariantCulture);

    private void Start(HeldLock[] locks)
    {
        var environment = RawText.OfEnvironment();
        foreach (var (name, value) in CommandVariables.OfLocks(locks))
            environment = environment.With(name, value);
        var before = OpenFilesLimit.Set(_terms.OpenFiles);
        _child = UnixChild.Start(
            _command, environment, [_terms.Orders, _terms.Reports], _terms.HomeGroup, () => Report(GuardWord.Resumed), out var error);
        _ = OpenFilesLimit.Set(before);
        if (_child is null)
        {
            Report(GuardWord.Failed, error);
            return;
        }

        _keeper.Keep(_child);
        _allReported = ReportEndAsync(_child);

        // Rehearsed, with a signal that does nothing: the end of the lock is no time to compile what ends the tree. A native program is compiled.
        if (OperatingSystem.IsLinux() && RuntimeFeature.IsDynamicCodeCompiled)
            ProcessTree.Signal(Posix.NoSignal);
    }

    private async Task ReportEndAsync(UnixChild child)
    {
        Report(GuardWord.Exited, await child.Exited);
        await child.Ended;

        // What was done to it is told after it was done, which may be later than now.
        if (_keeper.HasAsked)
            Report(GuardWord.Asked);
        Report(GuardWord.Ended);
    }

    private void OnStep(EndStep step) => Report(step == EndStep.Ask ? GuardWord.Asked : GuardWord.Killed);

    private void Report(string word, long? number = null)
    {
        try
        {
            _reports.WriteLine(number is null ? word : string.Create(CultureInfo.InvariantCulture, $"{word} {number}"));
        }
        catch (IOException)
        {
            // Nobody is there any more to be told.
        }
    }
}
