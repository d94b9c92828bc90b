using LockGrains.Cli.Waiting;

namespace LockGrains.Cli.Tests;

public sealed class WaitDisplayTests
{
    private static WaitProgress At(int place, int length, double seconds) => new("demo", place, length, TimeSpan.FromSeconds(seconds));

    [Fact]
    public async Task Plain_PlaceChanges_WritesALineForEachChangeOnly()
    {
        using var error = new StringWriter();
        await using (var display = WaitDisplay.Create(error, isTerminal: false))
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
        await WaitDisplay.Create(error, isTerminal).DisposeAsync();
        Assert.Equal("", error.ToString());
    }

    [Fact]
    public async Task Terminal_KeyWithMarkup_IsShownAsItIs()
    {
        using var error = new StringWriter();
        await using (var display = WaitDisplay.Create(error, isTerminal: true))
        {
            display.Report(new WaitProgress("[red]x", 1, 1, TimeSpan.Zero));
        }

        Assert.Contains("waiting for '[red]x': place 1 of 1", error.ToString(), StringComparison.Ordinal);
    }
}
