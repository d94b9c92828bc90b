namespace LockGrains.Samples.Tests.Http;

[NeedsPrograms("python3")]
public sealed class PythonTests(SharedSilo shared) : ScriptContract(new Script("python3", "lock.py"), shared), IClassFixture<SharedSilo>;

[NeedsPrograms("node")]
public sealed class NodeTests(SharedSilo shared) : ScriptContract(new Script("node", "lock.mjs"), shared), IClassFixture<SharedSilo>;

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
