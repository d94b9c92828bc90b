using System.Reflection;
using System.Runtime.Loader;

namespace LockGrains.Simulation;

/// <summary>Runs this very program once more, with the copy of Core that has switches in Core's place.</summary>
internal sealed class MutantHost : AssemblyLoadContext
{
    private readonly string _folder = AppContext.BaseDirectory;

    /// <summary>Runs with the same arguments.</summary>
    public static int Run(string[] arguments)
    {
        var program = new MutantHost().LoadFromAssemblyName(Assembly.GetExecutingAssembly().GetName());
        var main = program.GetType(typeof(Simulator).FullName!)!.GetMethod(nameof(Simulator.Run), BindingFlags.Public | BindingFlags.Static)!;
        return (int)main.Invoke(null, [arguments])!;
    }

    protected override Assembly? Load(AssemblyName assemblyName) => assemblyName.Name switch
    {
        "LockGrains.Core" => LoadFromAssemblyPath(Path.Combine(_folder, "mutants", "LockGrains.Core.dll")),
        "LockGrains.Simulation" => LoadFromAssemblyPath(Path.Combine(_folder, "LockGrains.Simulation.dll")),
        _ => null,
    };
}
