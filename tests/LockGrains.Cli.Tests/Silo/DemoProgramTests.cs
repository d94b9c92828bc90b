using LockGrains.Silo.Demo;

namespace LockGrains.Cli.Tests.Silo;

/// <summary>When a program of the demo ends by itself.</summary>
public sealed class DemoProgramTests
{
    private static readonly string Nobody = $"http://127.0.0.1:{FreePort.Find()}";

    /// <summary>The console's reader blocks whoever asks it, until the input ends.</summary>
    [Fact]
    public async Task Program_ThatHasStayedLongEnough_EndsThoughItsInputGoesOn()
    {
        using var input = new BlockingReader();

        Assert.Equal(0, await Task.Run(() => DemoProgram.RunAsync("ada", Nobody, TimeSpan.FromMilliseconds(1), input)).WithinPatienceAsync("end"));
    }

    [Fact]
    public async Task Program_WhoseInputEnds_EndsThoughItCouldStay() =>
        Assert.Equal(0, await DemoProgram.RunAsync("ada", Nobody, TimeSpan.FromHours(1), new StringReader("")).WithinPatienceAsync("end"));

    private sealed class BlockingReader : TextReader
    {
        private readonly ManualResetEventSlim _end = new();

        public override string ReadToEnd()
        {
            _end.Wait();
            return "";
        }

        public override Task<string> ReadToEndAsync() => Task.FromResult(ReadToEnd());

        protected override void Dispose(bool disposing)
        {
            _end.Set();
            base.Dispose(disposing);
        }
    }
}
