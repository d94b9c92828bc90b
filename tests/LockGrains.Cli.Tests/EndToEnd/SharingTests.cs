using System.Text.Json;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary><c>lockgrains run</c> of several at a time under one lock, against a real silo.</summary>
public sealed class SharingTests : IClassFixture<SingleSiloFixture>, IDisposable
{
    // Says what it has, and ends by its input.
    private const string Holder = "echo \"permits <$LOCK_PERMITS> numbers <$LOCK_PERMIT_NUMBERS>\"; echo holding; read line";

    private readonly SingleSiloFixture _silo;
    private readonly List<TestProcess> _processes = [];

    public SharingTests(SingleSiloFixture silo) => _silo = silo;

    public void Dispose() => _processes.ForEach(process => process.Dispose());

    [Fact]
    public async Task Run_Shared_RunsBesideOthersAndTheWriterWaitsForThem()
    {
        var readers = new[] { Run("doc", "--shared"), Run("doc", "--shared") };
        foreach (var reader in readers)
            await reader.WhenLineAsync("holding");
        Assert.Equal("permits <> numbers <>", readers[0].Out[0]);

        var writer = Run("doc");
        await writer.WhenLineAsync("place 1 of 1");
        var busy = Run("doc", "--shared", "--wait", "0");
        await busy.ExpectExitAsync(ExitCode.NotAcquired);
        Assert.Contains("'doc' is held or waited for by another", Assert.Single(busy.Error), StringComparison.Ordinal);
        var table = await CliAsync("status", "doc");
        Assert.Contains(table, line => line.StartsWith("held by     2 readers", StringComparison.Ordinal));
        Assert.Contains(table, line => line.EndsWith("the first waits for 2 readers", StringComparison.Ordinal));

        foreach (var reader in readers)
            await EndAsync(reader);
        await writer.WhenLineAsync("holding");
        await EndAsync(writer);
    }

    [Fact]
    public async Task Run_Permits_GivesNumbersAndWhoAsksForTooManyWaits()
    {
        var first = Run("pool", "--permits", "2", "--limit", "3");
        await first.WhenLineAsync("holding");
        Assert.Equal("permits <2> numbers <0,1>", first.Out[0]);
        var second = Run("pool", "--permits", "2", "--limit", "3");
        await second.WhenLineAsync("place 1 of 1");

        var status = JsonDocument.Parse(string.Concat(await CliAsync("status", "pool", "--json"))).RootElement;
        Assert.Equal("the first asks 2 permits, 1 of 3 is free", status.GetProperty("why").GetString());
        Assert.Equal(2, status.GetProperty("permitsTaken").GetInt64());
        var busy = Run("pool", "--limit", "3", "--wait", "0");
        await busy.ExpectExitAsync(ExitCode.NotAcquired);
        Assert.Contains("'pool' cannot give 1 permit now, or others wait", Assert.Single(busy.Error), StringComparison.Ordinal);

        await EndAsync(first);
        await second.WhenLineAsync("holding");
        Assert.Equal("permits <2> numbers <0,1>", second.Out[0]);
        await EndAsync(second);
    }

    [Fact]
    public async Task Revoke_LockOfSeveral_EndsAllAndCountsThem()
    {
        TestProcess[] holders = [Run("all", "--limit", "3"), Run("all", "--limit", "3")];
        foreach (var holder in holders)
            await holder.WhenLineAsync("holding");

        var line = Assert.Single(await CliAsync("revoke", "all", "--all"));
        Assert.StartsWith("revoked 'all': 2 holds ended", line, StringComparison.Ordinal);
        foreach (var holder in holders)
            await holder.ExpectExitAsync(ExitCode.Lost);
    }

    private TestProcess Run(string key, params string[] options) => Add(_silo.Run(key, ["--lease", "15s", .. options], "sh", "-c", Holder));

    private async Task<List<string>> CliAsync(string verb, string key, params string[] options)
    {
        var cli = Add(_silo.Cli(verb, key, options));
        await cli.ExpectExitAsync(0);
        return cli.Out;
    }

    private TestProcess Add(TestProcess process)
    {
        _processes.Add(process);
        return process;
    }

    private static async Task EndAsync(TestProcess holder)
    {
        await holder.WriteInputAsync("end\n");
        await holder.ExpectExitAsync(0);
    }
}
