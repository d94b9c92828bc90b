namespace LockGrains.Chaos;

/// <summary>All kinds of faults: every class in this program that is one.</summary>
internal static class FaultCatalogue
{
    /// <summary>One of each, by name.</summary>
    public static IReadOnlyList<Fault> All { get; } = [.. typeof(Fault).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(Fault)) && !type.IsAbstract)
        .Select(Make)
        .OrderBy(fault => fault.Name, StringComparer.Ordinal)];

    /// <summary>Those that can be injected into a storage.</summary>
    public static IReadOnlyList<Fault> For(StoreKind storage) => [.. All.Where(fault => fault.Storage is null || fault.Storage == storage)];

    /// <summary>A new one of the same kind, for one injection.</summary>
    public static Fault MakeAnew(Fault fault) => Make(fault.GetType());

    private static Fault Make(Type type) => (Fault)Activator.CreateInstance(type)!;
}
