namespace LockGrains.Chaos;

internal sealed class CutOwnerFromStoreFault : CutOwnerFault
{
    public override string Name => "cut-owner-from-store";

    public override string Describe => "The silo that serves a hot key loses its storage for 2 to 4 s, and nothing else.";

    protected override (double From, double To) Seconds => (2, 4);

    protected override Cut Make(FaultContext context, SiloNode owner) => new([owner.StoreEndPoint.Address], Port: owner.StoreEndPoint.Port);
}
