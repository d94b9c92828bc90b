using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Pipes;
using LockGrains.Cli.Children;
using LockGrains.Cli.Commands;

namespace LockGrains.Cli.Guarding;

/// <summary>
/// The guard of a command, as lockgrains sees it: a process of its own (<see cref="GuardProgram"/>). Each of the two sees to it that the
/// command ends when the other one cannot.
/// </summary>
internal sealed class GuardProcess : IGuard
{
    // Numbers that neither a command's own descriptors nor a low limit are likely to be at.
    private const int FirstDescriptor = 200;

    private const string AssemblyFile = "lockgrains.dll";

    private readonly int _pid;
    private readonly IReadOnlyList<ProcessEntry> _strangers;
    private readonly IReadOnlyList<string> _command;
    private readonly Action _onResumed;
    private readonly AnonymousPipeServerStream _orders;
    private readonly AnonymousPipeServerStream _reports;
    private readonly BlockingCollection<string> _queue = [];
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _hasAsked;
    private volatile bool _hasKilled;
    private volatile bool _hasStarted;

    private GuardProcess(
        int pid,
        IReadOnlyList<ProcessEntry> strangers,
        IReadOnlyList<string> command,
        Action onResumed,
        AnonymousPipeServerStream orders,
        AnonymousPipeServerStream reports)
    {
        _pid = pid;
        _strangers = strangers;
        _command = command;
        _onResumed = onResumed;
        _orders = orders;
        _reports = reports;

        // Threads of their own: the one may be blocked by a guard that was stopped, and nothing here waits for it.
        new Thread(WriteOrders) { IsBackground = true, Name = "orders" }.Start();
        new Thread(ReadReports) { IsBackground = true, Name = "reports" }.Start();
    }

    /// <inheritdoc/>
    public Task<int> Exited => _exited.Task;

    /// <inheritdoc/>
    public Task Ended => _ended.Task;

    /// <inheritdoc/>
    public bool HasAsked => _hasAsked;

    /// <inheritdoc/>
    public bool HasKilled => _hasKilled;

    /// <summary>Starts a guard, which starts no command before it is told to.</summary>
    /// <param name="settings">The command, and the locks that it is to run under.</param>
    /// <param name="onResumed">Called when the command was about to be suspended and was not.</param>
    public static GuardProcess Start(RunSettings settings, Action onResumed)
    {
        if (Posix.IsIgnored(Posix.SigChld))
            Posix.RestoreDefault(Posix.SigChld);

        // Children of the shell that has become lockgrains, such as what reads its output: exec > >(tee log); exec lockgrains run ...
        var strangers = OperatingSystem.IsLinux() ? ProcessTree.Find() : [];

        // If the guard is killed, what it guards becomes ours.
        _ = Posix.TryAdoptOrphans();
        var environment = RawText.OfEnvironment();
        foreach (var (name, value) in CommandVariables.OfKeys(settings.Keys, settings.Permits, environment.Get(CommandVariables.Held)))
            environment = environment.With(name, value);
        var terms = new GuardTerms
        {
            Orders = FindFreeDescriptor(FirstDescriptor),
            Reports = FindFreeDescriptor(FirstDescriptor + 1),
            HomeGroup = Posix.OwnGroup(),
            OpenFiles = OpenFilesLimit.OfParent(),
            Grace = settings.Grace,
        };
        var orders = new AnonymousPipeServerStream(PipeDirection.Out);
        var reports = new AnonymousPipeServerStream(PipeDirection.In);
        var error = UnixSpawn.Start(
            [.. OwnProgram().Concat(terms.ToArguments()).Select(RawText.Encode), .. RawText.OfArguments(settings.Command)],
            environment,
            [(DescriptorOf(orders), terms.Orders), (DescriptorOf(reports), terms.Reports)],
            closed: [],
            out var pid);
        orders.DisposeLocalCopyOfClientHandle();
        reports.DisposeLocalCopyOfClientHandle();
        return error == 0
            ? new GuardProcess(pid, strangers, settings.Command, onResumed, orders, reports)
            : throw new CliException(
                ExitCode.Internal, $"the guard of the command could not be started (error {error.ToString(CultureInfo.InvariantCulture)})");
    }

    /// <inheritdoc/>
    public void Start(IReadOnlyList<HeldLock> locks, TimeSpan heldUntil)
    {
        HeldUntil(heldUntil);
        _hasStarted = true;
        Order(GuardWord.Start, locks.Select(static held => held.ToWord()));
    }

    /// <inheritdoc/>
    public void HeldUntil(TimeSpan deadline) => Order(GuardWord.HeldUntil, deadline.Ticks);

    /// <inheritdoc/>
    public void Revoked() => Order(GuardWord.Revoked);

    /// <inheritdoc/>
    public void Signal(int signal) => Order(GuardWord.Signal, signal);

    /// <inheritdoc/>
    public void TakeOver()
    {
        _hasAsked = true;
        _ = Posix.Kill(_pid, Posix.SigKill);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The guard ends by it, and whatever it still guards first.
        _queue.CompleteAdding();
        await Ended;
    }

    private static int FindFreeDescriptor(int from)
    {
        while (Path.Exists(string.Create(CultureInfo.InvariantCulture, $"/dev/fd/{from}")))
            from += 2;
        return from;
    }

    private static int DescriptorOf(AnonymousPipeServerStream pipe) => (int)pipe.ClientSafePipeHandle.DangerousGetHandle();

    private static string[] OwnProgram()
    {
        // As a .NET tool it is an assembly that dotnet runs, and else a program by itself.
        var program = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, Path.Combine(AppContext.BaseDirectory, AssemblyFile)] : [program];
    }

    private void Order(string word, params long[] numbers) => Order(word, numbers.Select(static number => number.ToString(CultureInfo.InvariantCulture)));

    private void Order(string word, IEnumerable<string> rest)
    {
        try
        {
            _queue.Add(string.Join(' ', rest.Prepend(word)));
        }
        catch (InvalidOperationException)
        {
            // Everything is over.
        }
    }

    private void WriteOrders()
    {
        try
        {
            using var writer = new StreamWriter(_orders) { AutoFlush = true };
            foreach (var order in _queue.GetConsumingEnumerable())
                writer.WriteLine(order);
        }
        catch (IOException)
        {
            // The guard is gone, which its reports tell.
        }
    }

    private void ReadReports()
    {
        using (var reader = new StreamReader(_reports))
        {
            while (reader.ReadLine() is { } report)
                Hear(report.Split(' '));
        }

        _queue.CompleteAdding();
        _ = Posix.WaitPid(_pid, out var status, 0);

        // A guard that was killed has left its processes to us. One that has ended by itself had ended all of them before.
        if (OperatingSystem.IsLinux() && !(Posix.HasExited(status) && Posix.ExitCodeOf(status) == ExitCode.Success))
            ProcessTree.EndAll(_strangers);
        if (_hasStarted)
            _exited.TrySetException(new CliException(ExitCode.Internal, "the guard of the command was killed, and the command with it"));
        else
            _exited.TrySetCanceled();
        _ended.TrySetResult();
    }

    private void Hear(string[] words)
    {
        var number = words.Length > 1 ? int.Parse(words[1], CultureInfo.InvariantCulture) : 0;
        switch (words[0])
        {
            case GuardWord.Failed:
                _exited.TrySetException(CommandFailure.Describe(_command[0], number));
                _queue.CompleteAdding();
                break;
            case GuardWord.Exited:
                _exited.TrySetResult(number);
                break;
            case GuardWord.Ended:
                _queue.CompleteAdding();
                break;
            case GuardWord.Asked or GuardWord.Killed:
                _hasAsked = true;
                _hasKilled |= words[0] == GuardWord.Killed;
                break;
            case GuardWord.Resumed:
                _onResumed();
                break;
        }
    }
}
