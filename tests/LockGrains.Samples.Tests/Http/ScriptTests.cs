namespace LockGrains.Samples.Tests.Http;

[NeedsPrograms("python3")]
public sealed class PythonTests(SharedSilo shared) : ScriptContract(new Script("python3", "lock.py"), shared), IClassFixture<SharedSilo>
{
    [ContractFact]
    public Task Module_InAProgramOfOnesOwn_HoldsTheLock() => ExpectOutputAsync(
        [
            "-c",
            $"import sys; sys.path.insert(0, '{Script.Folder}'); sys.dont_write_bytecode = True; from lock import Lock\n"
                + "with Lock('module of python') as lock: print(lock.token > 0 and lock.stop_at > 0)",
        ],
        "True");
}

[NeedsPrograms("node")]
public sealed class NodeTests(SharedSilo shared) : ScriptContract(new Script("node", "lock.mjs"), shared), IClassFixture<SharedSilo>
{
    [ContractFact]
    public Task Module_InAProgramOfOnesOwn_HoldsTheLock() => ExpectOutputAsync(
        [
            "--input-type=module", "-e",
            $"import {{ Lock }} from '{Script.Folder}/lock.mjs'; const lock = new Lock('module of node'); await lock.acquire(); "
                + "console.log(lock.fencingToken > 0 && !lock.lost.aborted); await lock.release();",
        ],
        "true");
}

[NeedsPrograms("bash", "curl", "setsid")]
public sealed class BashTests(SharedSilo shared) : ScriptContract(new Script("bash", "lock.sh"), shared), IClassFixture<SharedSilo>;

/// <summary>One silo for the tests of a class that leave it as it is.</summary>
public sealed class SharedSilo : IAsyncLifetime
{
    internal HttpSilo Silo { get; private set; } = null!;

    public async Task InitializeAsync() => Silo = await HttpSilo.StartAsync();

    public Task DisposeAsync()
    {
        Silo.Dispose();
        return Task.CompletedTask;
    }
}
