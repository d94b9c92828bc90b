using LockGrains.Cli;

return await LockCommandLine.RunAsync(args, Console.Out, Console.Error);
