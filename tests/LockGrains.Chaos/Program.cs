using System.Net;
using LockGrains.Chaos;

switch (args)
{
    case ["worker", .. var rest]:
        return await Worker.RunAsync(new WorkerOptions(rest));
    case ["cohost", .. var rest]:
        return await CoHost.RunAsync(new WorkerOptions(rest));
    case ["crowd", .. var rest]:
        return await Crowd.RunAsync(new WorkerOptions(rest));
    case [HttpWorker.Verb, .. var rest]:
        return await HttpWorker.RunAsync(new WorkerOptions(rest));
    case [SessionCrowd.Verb, .. var rest]:
        return await SessionCrowd.RunAsync(new WorkerOptions(rest));
    case ["resource", .. var rest]:
        var place = new WorkerOptions(rest);
        return await ResourceServer.RunAsync(new IPEndPoint(IPAddress.Parse(place.Address), place.SiloPort));
    case ["questions", .. var names]:
        return await StoreQuestions.RunAsync(names, Console.Out);
    case ["forgetting", .. var rest] when ChaosOptions.Parse(rest) is { } forgetting:
        return await Chaos.RunAsync(forgetting with { IsForgetting = true, HasCoHost = false, HasHttp = false, Workers = 0, ForgetAfter = ForgettingRun.ForgetAfter }, Console.Out);
    case ["readers", .. var rest] when ChaosOptions.Parse(rest, OneKeyRun.OptionsOf(LoadKind.Document)) is { } readers:
        return await Chaos.RunAsync(readers, Console.Out);
    case ["semaphore", .. var rest] when ChaosOptions.Parse(rest, OneKeyRun.OptionsOf(LoadKind.Pool)) is { } semaphore:
        return await Chaos.RunAsync(semaphore, Console.Out);
    case ["shows", var name, .. var rest] when Show.Names.Contains(name) && ChaosOptions.Parse(rest, Show.OptionsOf(name)) is { } show:
        return await Chaos.RunAsync(show, Console.Out);
    case [SessionHolder.Verb, .. var rest]:
        return await SessionHolder.RunAsync(new WorkerOptions(rest));
    case [ElectedHost.Verb, .. var rest]:
        return await ElectedHost.RunAsync(new WorkerOptions(rest));
    case [OneKeyLoad.DocumentVerb, .. var rest]:
        return await OneKeyLoad.RunAsync(new WorkerOptions(rest), draw => draw.OfDocument());
    case [OneKeyLoad.PoolVerb, .. var rest]:
        return await OneKeyLoad.RunAsync(new WorkerOptions(rest), draw => draw.OfPool());
    case ["starved", .. var rest]:
        return await StarvedRuns.RunAsync(new WorkerOptions(rest), Console.Out);
    case ["starved-holder", .. var rest]:
        return StarvedHolder.Run(new WorkerOptions(rest));
    case ["trees", .. var rest]:
        return await TreeRuns.RunAsync(new WorkerOptions(rest), Console.Out);
    case ["--help" or "-h", ..]:
        Console.WriteLine(ChaosOptions.Help);
        return 0;
}

if (ChaosOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(ChaosOptions.Help);
    return 64;
}

return await Chaos.RunAsync(options, Console.Out);
