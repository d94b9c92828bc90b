using System.Text.Json;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>A lock's value and limit on the command line, against a real silo.</summary>
public sealed class ValueTests : IClassFixture<SingleSiloFixture>, IDisposable
{
    private readonly SingleSiloFixture _silo;
    private readonly List<TestProcess> _processes = [];

    public ValueTests(SingleSiloFixture silo) => _silo = silo;

    public void Dispose() => _processes.ForEach(process => process.Dispose());

    [Fact]
    public async Task Run_Value_IsReadByOthersAndEndsWithTheLock()
    {
        var leader = Run("leader", "--value", "10.0.0.7:5000");
        await leader.WhenLineAsync("holding");

        Assert.Equal(["10.0.0.7:5000"], (await CliAsync(0, "value", "leader")).Out);
        Assert.Contains("value       10.0.0.7:5000  (ends with its hold)", (await CliAsync(0, "status", "leader")).Out);
        var json = JsonDocument.Parse(string.Concat((await CliAsync(0, "value", "leader", "--json")).Out)).RootElement;
        Assert.Equal("10.0.0.7:5000", json.GetProperty("value").GetProperty("text").GetString());

        await EndAsync(leader);
        var gone = await CliAsync(ExitCode.NotThere, "value", "leader");
        Assert.Empty(gone.Out);
        Assert.Equal("lockgrains: 'leader' has no value", Assert.Single(gone.Error));
    }

    [Fact]
    public async Task Run_ValueThatIsTooLarge_IsRefusedAndNothingRuns()
    {
        var run = Run("large", "--value", new string('x', 1_025));
        await run.ExpectExitAsync(ExitCode.Usage);

        Assert.Contains("value has 1025 bytes; it must have at most 1024", Assert.Single(run.Error), StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }

    [Fact]
    public async Task Limit_OfAKey_BoundsThoseWhoNameNoneAndARaiseLetsTheNextIn()
    {
        Assert.Equal(["none"], (await CliAsync(0, "limit", "exports")).Out);
        Assert.Equal(["the limit of 'exports' is 2"], (await CliAsync(0, "limit", "exports", "2")).Out);
        Assert.Equal(["2"], (await CliAsync(0, "limit", "exports")).Out);
        var conflict = await CliAsync(ExitCode.NotThere, "limit", "exports", "9", "--from", "3");
        Assert.Equal("lockgrains: the limit of 'exports' is 2, not 3; nothing changed", Assert.Single(conflict.Error));

        var holders = new[] { Run("exports", "--shared"), Run("exports", "--shared") };
        foreach (var holder in holders)
            await holder.WhenLineAsync("holding");
        Assert.Equal(["numbers <0>", "numbers <1>"], holders.Select(holder => holder.Out[0]).Order());
        var third = Run("exports", "--shared");
        await third.WhenLineAsync("place 1 of 1");
        var status = (await CliAsync(0, "status", "exports")).Out;
        Assert.Contains("limit       2", status);
        Assert.Contains(status, line => line.EndsWith("the first asks 1 permit, 0 of 2 are free", StringComparison.Ordinal));
        var tooMany = Run("exports", "--permits", "3", "--limit", "5");
        await tooMany.ExpectExitAsync(ExitCode.Usage);
        Assert.Contains("can never grant 3 permits", Assert.Single(tooMany.Error), StringComparison.Ordinal);

        await CliAsync(0, "limit", "exports", "3", "--from", "2");
        await third.WhenLineAsync("holding");
        Assert.Equal(["the limit of 'exports' is none"], (await CliAsync(0, "limit", "exports", "none")).Out);
        foreach (var holder in holders)
            await EndAsync(holder);
        await EndAsync(third);
    }

    private TestProcess Run(string key, params string[] options) => Add(_silo.Run(key, ["--lease", "15s", .. options], "sh", "-c", "echo \"numbers <$LOCK_PERMIT_NUMBERS>\"; echo holding; read line"));

    private async Task<TestProcess> CliAsync(int exitCode, string verb, string key, params string[] options)
    {
        var cli = Add(_silo.Cli(verb, key, options));
        await cli.ExpectExitAsync(exitCode);
        return cli;
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
