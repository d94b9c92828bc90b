using System.Globalization;
using System.Text;

namespace LockGrains.Samples.Tests.Http;

/// <summary>What each program in <c>samples/http</c> promises, against a silo in a process of its own.</summary>
public abstract class ScriptContract(Script script, SharedSilo shared) : IDisposable
{
    private const int Lost = 76, NotAcquired = 75, Refused = 77;

    private readonly TempFolder _folder = new();
    private readonly List<IDisposable> _started = [];

    private HttpSilo Silo => shared.Silo;

    public void Dispose()
    {
        _started.ForEach(started => started.Dispose());
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [ContractFact]
    public async Task Contenders_HoldOneAtATimeInTheOrderOfTheirArrival()
    {
        // Whoever comes while another is there says so.
        const string work = "mkdir \"$1/alone\" || echo two >> \"$1/order\"; echo up; [ $2 != 0 ] || read line; "
            + "sleep 0.2; echo $2 $LOCK_FENCING_TOKEN >> \"$1/order\"; rmdir \"$1/alone\"";
        var key = NewKey();
        var contenders = new List<TestProcess> { Start(Silo, key, [], "sh", "-c", work, "work", _folder.Path, "0") };
        await contenders[0].WhenLineAsync("up");
        for (var place = 1; place <= 3; place++)
        {
            contenders.Add(Start(Silo, key, [], "sh", "-c", work, "work", _folder.Path, $"{place}"));
            await contenders[place].WhenLineAsync($"waits in place {place} of {place}");
        }

        await contenders[0].WriteInputAsync("end\n");
        foreach (var contender in contenders)
            await contender.ExpectExitAsync(0);

        var lines = File.ReadAllLines(_folder.File("order")).Select(line => line.Split(' ')).ToList();
        Assert.Equal(["0", "1", "2", "3"], lines.Select(line => line[0]));
        var tokens = lines.Select(line => long.Parse(line[1], CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(tokens.Distinct().Order(), tokens);
    }

    /// <summary>The times are those of the work itself, on the clock of the machine.</summary>
    [ContractFact]
    public async Task ServerStopped_WorkEndsBeforeItsLeaseAndNotLongBefore()
    {
        const int lease = 12;
        using var silo = await HttpSilo.StartAsync();
        var key = NewKey();
        var run = Start(silo, key, [("LEASE", $"{lease}")], "sh", "-c", "trap '' TERM; while read -r up idle < /proc/uptime; do echo $up; sleep 0.05; done");
        await silo.WhenRenewedAsync(key);

        var stoppedAt = Uptime(File.ReadAllText("/proc/uptime"));
        silo.Pause();
        await run.ExpectExitAsync(Lost);

        // No renewal is younger than the stop, and none is older than a third of the lease.
        Assert.InRange(Uptime(run.Out[^1]), stoppedAt + (lease / 2) - (lease / 3), stoppedAt + lease);
        Assert.Contains(run.Error, line => line.Contains("the lock", StringComparison.Ordinal));
    }

    [ContractFact]
    public async Task ServerKilledAndRestartedWithinTheLease_WorkGoesOnAndWhoWaitsIsNext()
    {
        using var silo = await HttpSilo.StartAsync();
        var key = NewKey();
        var holder = Start(silo, key, [("LEASE", "90")], "sh", "-c", "read line; echo done");
        var token = await silo.WhenRenewedAsync(key);
        var waiter = Start(silo, key, [], "echo", "next");
        await waiter.WhenLineAsync("waits in place 1 of 1");

        await silo.RestartAsync();
        await silo.WhenWaitingAsync(key, 1);

        Assert.Equal(token, (await silo.GetLockAsync(key)).GetProperty("holder").GetProperty("fencingToken").GetInt64());
        Assert.Empty(waiter.Out);
        await holder.WriteInputAsync("end\n");
        await holder.ExpectExitAsync(0);
        await waiter.ExpectExitAsync(0);
        Assert.Equal(["done"], holder.Out);
        Assert.Equal(["next"], waiter.Out);
    }

    [ContractFact]
    public async Task Command_Ends_LockIsFreeAtOnceAndItsExitCodeIsPassedOn()
    {
        // What would be another key if it were not quoted as JSON says.
        var key = $"{NewKey()} \"a\\b\" é";
        var holder = Start(Silo, key, [("LEASE", "600")], "sh", "-c", "printf '%s\\n' \"$LOCK_KEY\"; read line; exit 7");
        await holder.WhenLineAsync(key);
        await Start(Silo, key, [("WAIT", "0")], "true").ExpectExitAsync(NotAcquired);

        await holder.WriteInputAsync("end\n");
        await holder.ExpectExitAsync(7);

        await Start(Silo, key, [("WAIT", "0")], "true").ExpectExitAsync(0);
    }

    [ContractFact]
    public async Task Lock_IsRevoked_CommandIsEnded()
    {
        var key = NewKey();
        var run = Start(Silo, key, [("LEASE", "20")], "sh", "-c", "trap '' TERM; echo up; while :; do sleep 1; done");
        await Silo.WhenRenewedAsync(key);
        await run.WhenLineAsync("up");

        await Silo.RevokeAsync(key);

        await run.ExpectExitAsync(Lost);
    }

    [ContractFact]
    public async Task AccessKey_Wrong_SaysSoAndRunsNothing()
    {
        var run = Start(Silo, NewKey(), [("TOKEN", "lg_wrong")], "echo", "up");

        await run.ExpectExitAsync(Refused);

        Assert.Contains(run.Error, line => line.Contains("The access key is not known", StringComparison.Ordinal));
        Assert.Empty(run.Out);
    }

    [ContractFact]
    public async Task AccessKey_Right_IsOnNoCommandLine()
    {
        var key = NewKey();
        var holder = Start(Silo, key, [("TOKEN", Silo.OperatorKey)], "sh", "-c", "echo up; read line");
        await holder.WhenLineAsync("up");
        var waiter = Start(Silo, key, [("TOKEN", Silo.OperatorKey)], "true");
        await waiter.WhenLineAsync("waits in place 1 of 1");

        var commandLines = CommandLines().ToList();
        Assert.Contains(commandLines, line => line.Contains(key, StringComparison.Ordinal));
        Assert.DoesNotContain(commandLines, line => line.Contains(Silo.OperatorKey[3..], StringComparison.Ordinal));
        await holder.WriteInputAsync("end\n");
        await waiter.ExpectExitAsync(0);
    }

    [ContractFact]
    public async Task ToldToEnd_WhileItWaits_LeavesTheLine()
    {
        var key = NewKey();
        var holder = Start(Silo, key, [], "sh", "-c", "read line");
        await Silo.WhenRenewedAsync(key);
        var waiter = Start(Silo, key, [], "echo", "up");
        await waiter.WhenLineAsync("waits in place 1 of 1");

        waiter.Signal(Signals.Terminate);
        await waiter.ExpectExitAsync(128 + Signals.Terminate);

        Assert.Equal(0, (await Silo.GetLockAsync(key)).GetProperty("queueLength").GetInt32());
        Assert.Empty(waiter.Out);
        await holder.WriteInputAsync("end\n");
        await holder.ExpectExitAsync(0);
    }

    [ContractFact]
    public async Task ToldToEnd_WhileItHolds_CommandIsToldAndTheLockIsFree()
    {
        var key = NewKey();
        var holder = Start(Silo, key, [("LEASE", "600")], "sh", "-c", "trap 'echo told; exit 0' TERM; echo up; while :; do sleep 0.1; done");
        await holder.WhenLineAsync("up");

        holder.Signal(Signals.Terminate);
        await holder.WhenExitedAsync();

        Assert.Contains("told", holder.Out);
        await Start(Silo, key, [("WAIT", "0")], "true").ExpectExitAsync(0);
    }

    /// <summary>A connection that is cut, what proxies say of a silo that they do not reach, and half a reply: nobody can say.</summary>
    [ContractFact]
    public async Task Reply_IsUnknown_SendsTheSameAgain()
    {
        await using var server = new ScriptedServer(
            "",
            ScriptedServer.Whole("502 Bad Gateway", "<html>"),
            ScriptedServer.Whole("503 Service Unavailable", "{\"code\":\"outcome-unknown\"}"),
            ScriptedServer.Whole("504 Gateway Timeout", ""),
            ScriptedServer.Whole("200 OK", "{\"outcome\":\"granted\",\"fencingToken\":6}")[..^9],
            ScriptedServer.Whole("200 OK", "{\"outcome\":\"granted\",\"fencingToken\":7,\"validForSeconds\":30}"));

        var run = Add(script.Start(server.Address, "unknown", [], "sh", "-c", "echo $LOCK_FENCING_TOKEN"));
        await run.ExpectExitAsync(0);

        Assert.Equal(["7"], run.Out);
        var acquires = server.Requests.Where(request => request.Path == "/v1/acquire").Select(request => request.LeaseId).ToList();
        Assert.Equal(6, acquires.Count);
        Assert.Single(acquires.Distinct());
        Assert.Equal(("/v1/release", acquires[0]), (server.Requests[^1].Path, server.Requests[^1].LeaseId));
    }

    /// <summary>Runs the language with arguments of its own, to its end.</summary>
    protected async Task ExpectOutputAsync(string[] args, params string[] lines)
    {
        var program = Add(script.Run(Silo.Address, args));
        await program.ExpectExitAsync(0);
        Assert.Equal(lines, program.Out);
    }

    private static string NewKey() => $"scripts/{Guid.NewGuid():N}";

    private static double Uptime(string text) => double.Parse(text.Split(' ')[0], CultureInfo.InvariantCulture);

    private static IEnumerable<string> CommandLines()
    {
        foreach (var folder in Directory.GetDirectories("/proc").Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0])))
        {
            string text;
            try
            {
                text = Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(folder, "cmdline")));
            }
            catch (IOException)
            {
                // It has ended meanwhile.
                continue;
            }

            yield return text;
        }
    }

    private TestProcess Start(HttpSilo silo, string key, (string, string)[] variables, params string[] command) =>
        Add(script.Start(silo.Address, key, variables, command));

    private TestProcess Add(TestProcess process)
    {
        _started.Add(process);
        return process;
    }
}
