namespace LockGrains.Chaos;

internal sealed class CpuHogFault : Fault
{
    private readonly List<Child> _hogs = [];

    public override string Name => "cpu-hog";

    public override string Describe => "Three busy loops run for each core, for 3 to 5 s.";

    public override Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        for (var hog = 0; hog < Environment.ProcessorCount * 3; hog++)
            _hogs.Add(Child.Start("hog", ["sh", "-c", "while :; do :; done"]));
        return FaultContext.LastAsync(context.Between(3, 5), cancellationToken);
    }

    public override Task HealAsync(FaultContext context, CancellationToken cancellationToken)
    {
        _hogs.ForEach(hog => hog.Dispose());
        return Task.CompletedTask;
    }
}
