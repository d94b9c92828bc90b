namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>One silo with its state in memory, for all the tests of a class.</summary>
public sealed class SingleSiloFixture : IAsyncLifetime
{
    private SiloProcess _silo = null!;

    public string Url => _silo.Url;

    public int HttpPort => _silo.HttpPort;

    internal TestProcess Run(string key, string[] options, params string[] command) =>
        Programs.StartCli(["run", key, "--server", Url, .. options, "--", .. command]);

    internal TestProcess Cli(string verb, string key, params string[] options) =>
        Programs.StartCli([verb, key, "--server", Url, .. options]);

    public async Task InitializeAsync()
    {
        _silo = SiloProcess.StartKeyed();
        await _silo.WhenReadyAsync();
    }

    public Task DisposeAsync()
    {
        _silo.Dispose();
        return Task.CompletedTask;
    }
}
