using BenchmarkDotNet.Running;
using LockGrains.Benchmarks;

if (args is ["compare", .. var rest])
    return await Comparison.RunAsync(rest);

if (args is ["forget", .. var what])
    return await ForgetProgram.RunAsync(what);

if (args is ["list", .. var listed])
    return await ListProgram.RunAsync(listed);

if (args is ["crash", .. var crash])
    return await CrashRun.RunAsync(crash);

if (args is [] or ["--help" or "-h"])
{
    Console.WriteLine($"{CompareOptions.Help}{Environment.NewLine}{Environment.NewLine}{ForgetOptions.Help}{Environment.NewLine}{Environment.NewLine}{ListOptions.Help}");
    return 0;
}

BenchmarkSwitcher.FromAssembly(typeof(Comparison).Assembly).Run(args, CoreBenchmarkConfig.Create());
return 0;
