using LockGrains.Cli.Waiting;
using LockGrains.TestKit;

namespace LockGrains.Cli.Tests;

public sealed class WaitDisplayTests
{
    private static WaitProgress At(int place, int length, double seconds) => new("demo", place, length, TimeSpan.FromSeconds(seconds));

    [Fact]
    public async Task Plain_PlaceChanges_WritesALineForEachChangeOnly()
    {
        using var error = new StringWriter();
        await using (var display = WaitDisplay.Create(error, isTerminal: false, TimeProvider.System))
        {
            display.Report(At(3, 7, 1));
            display.Report(At(3, 7, 11));
            display.Report(At(2, 7, 21));
        }

        Assert.Equal(
            ["lockgrains: waiting for 'demo': place 3 of 7", "lockgrains: waiting for 'demo': place 2 of 7"],
            error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Trim()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Any_NoReport_WritesNothing(bool isTerminal)
    {
        using var error = new StringWriter();
        await using (var display = WaitDisplay.Create(error, isTerminal, TimeProvider.System))
            display.EndHeld("'demo'");
        await using (var terminal = new TerminalWaitDisplay(error, TimeProvider.System))
            terminal.EndHeld("'demo'");
        Assert.Equal("", error.ToString());
    }

    [Fact]
    public async Task Terminal_HeldAfterAWait_SaysSoInOneLine_AndAPipeIsNotTold()
    {
        using var error = new StringWriter();
        using var pipe = new StringWriter();
        await using (var display = new TerminalWaitDisplay(error, new ManualTimeProvider()))
        await using (var plain = new PlainWaitDisplay(pipe))
        {
            foreach (var one in (WaitDisplay[])[display, plain])
            {
                one.Report(At(1, 1, 1));
                one.EndHeld("'demo\e'");
            }
        }

        Assert.EndsWith($"\r\e[Klockgrains: holding 'demo?'{Environment.NewLine}\e[?25h", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("holding", pipe.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Terminal_Report_IsALineThatTurnsAndGoesWithoutATrace()
    {
        var time = new ManualTimeProvider();
        using var error = new StringWriter();
        await using (var display = new TerminalWaitDisplay(error, time))
        {
            display.Report(new WaitProgress("[red]\e[2J", 1, 1, TimeSpan.FromSeconds(61.5)));
            time.Advance(TimeSpan.FromMilliseconds(125));
        }

        const string Line = "waiting for '[red]?[2J': place 1 of 1 (61s)\e[K\e[?7h";
        Assert.Equal($"\e[?25l\r\e[?7l| {Line}\r\e[?7l/ {Line}\r\e[K\e[?25h", error.ToString());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.EndsWith("\e[?25h", error.ToString(), StringComparison.Ordinal);
    }
}
