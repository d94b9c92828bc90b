namespace LockGrains.Benchmarks;

/// <summary>Runs the cases and prints what they found.</summary>
internal static class Comparison
{
    public static Task<int> RunAsync(IReadOnlyList<string> args) =>
        LoadProgram.RunAsync(() => CompareOptions.Parse(args), options => options.SiloProgram, RunCasesAsync);

    private static async Task<int> RunCasesAsync(CompareOptions options)
    {
        var startedAt = Clock.Now;
        await using var bench = await Bench.StartAsync(options);
        var machine = await Machine.DescribeAsync(bench);
        foreach (var line in machine)
            Console.WriteLine(line);
        Console.WriteLine();
        var results = new List<CaseResult>();
        var broken = 0;
        foreach (var run in Cases().Where(entry => options.Cases.Contains(entry.Letter, StringComparison.Ordinal)))
        {
            try
            {
                var caseStartedAt = Clock.Now;
                var result = await run.RunAsync(bench);
                results.Add(result);
                Print(result, Clock.Since(caseStartedAt));
            }
            catch (Exception exception)
            {
                // The other cases still have something to say.
                broken++;
                Console.WriteLine($"({run.Letter}) broke off: {exception.Message}{Environment.NewLine}");
                await bench.EndMainAsync();
            }
        }

        Console.WriteLine($"Bars   [{Clock.Since(startedAt).TotalSeconds:0} s in all]");
        foreach (var bar in results.SelectMany(result => result.Bars))
            Console.WriteLine(bar);
        if (options.Out is { } folder)
            await Report.WriteAsync(folder, machine, options, results);
        return broken == 0 ? 0 : 70;
    }

    private static void Print(CaseResult result, TimeSpan elapsed)
    {
        Console.WriteLine($"({result.Letter}) {result.Title}   [{elapsed.TotalSeconds:0} s]");
        foreach (var table in result.Tables)
            Console.WriteLine(table.ToText());
        foreach (var note in result.Notes)
            Console.WriteLine($"  {note}");
        Console.WriteLine();
    }

    private static IEnumerable<(char Letter, Func<Bench, Task<CaseResult>> RunAsync)> Cases() =>
    [
        ('a', PairCase.RunAsync),
        ('b', ContentionCase.RunAsync),
        ('i', ReadMostlyCase.RunAsync),
        ('j', SemaphoreCase.RunAsync),
        ('k', HoldersCase.RunAsync),
        ('e', CostCase.RunAsync),
        ('c', HandOverCase.RunAsync),
        ('d', HeldLocksCase.RunAsync),
        ('f', TakeoverCase.RunAsync),
        ('g', WaitingCallsCase.RunAsync),
        ('h', StoresCase.RunAsync),
        ('l', TlsCase.RunAsync),
        ('m', HttpCase.RunAsync),
    ];
}
