using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using System.Globalization;

/// <summary>
/// A probe inside the silo as it ships: .NET loads this assembly into it (DOTNET_STARTUP_HOOKS) and calls <see cref="Initialize"/>.
/// It sleeps until the load program writes a command to the silo's standard input, and ends the silo when that is closed, so that none
/// outlives the load program.
/// </summary>
[SuppressMessage("Design", "CA1050:Declare types in namespaces", Justification = "The runtime looks for exactly this name.")]
public static class StartupHook
{
    /// <summary>What a line with an answer begins with.</summary>
    public const string Prefix = "LGPROBE";

    private const string MessagesInstrument = "orleans-messaging-sent-messages-size";

    private static long _messagesSent;
    private static MeterListener? _listener;

    /// <summary>Called by the runtime before the silo's own program.</summary>
    public static void Initialize()
    {
        var thread = new Thread(Serve) { IsBackground = true, Name = "LockGrains probe" };
        thread.Start();
    }

    private static void Serve()
    {
        while (Console.In.ReadLine() is { } line)
        {
            if (line.Split(' ') is [var number, var command])
                Console.Out.WriteLine($"{Prefix} {number} {Answer(command)}");
        }

        Environment.Exit(0);
    }

    // Numbers only, in a fixed order: see SiloStatus.
    private static string Answer(string command)
    {
        if (command == "meters" && _listener is null)
            Listen();
        if (command == "live")
            Collect();
        long[] numbers =
        [
            GC.GetTotalAllocatedBytes(precise: true), GC.GetTotalMemory(forceFullCollection: false), Environment.WorkingSet, Interlocked.Read(ref _messagesSent),
            GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2),
        ];
        return string.Join(' ', numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)));
    }

    private static void Collect()
    {
        for (var pass = 0; pass < 2; pass++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
    }

    private static void Listen()
    {
        _listener = new MeterListener
        {
            InstrumentPublished = static (instrument, active) =>
            {
                if (instrument.Name == MessagesInstrument)
                    active.EnableMeasurementEvents(instrument);
            },
        };
        _listener.SetMeasurementEventCallback<int>(static (_, _, _, _) => Interlocked.Increment(ref _messagesSent));
        _listener.SetMeasurementEventCallback<long>(static (_, _, _, _) => Interlocked.Increment(ref _messagesSent));
        _listener.Start();
    }
}
