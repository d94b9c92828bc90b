namespace LockGrains.Benchmarks;

/// <summary>What the programs of this project that start other processes have in common: wrong arguments are a line, and no process outlives them.</summary>
internal static class LoadProgram
{
    private const int ExitUsage = 64;

    public static async Task<int> RunAsync<T>(Func<T> parse, Func<T, string> siloProgram, Func<T, Task<int>> run)
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => ChildProcess.KillAll();
        Console.CancelKeyPress += (_, _) => ChildProcess.KillAll();
        T options;
        try
        {
            options = parse();
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException)
        {
            Console.Error.WriteLine(exception.Message);
            return ExitUsage;
        }

        if (!File.Exists(siloProgram(options)))
        {
            Console.Error.WriteLine($"There is no silo at {siloProgram(options)}; build this repository with -c Release.");
            return ExitUsage;
        }

        try
        {
            return await run(options);
        }
        finally
        {
            ChildProcess.KillAll();
        }
    }
}
