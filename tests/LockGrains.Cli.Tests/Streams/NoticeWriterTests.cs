using System.Text;
using LockGrains.Cli.Streams;

namespace LockGrains.Cli.Tests.Streams;

public sealed class NoticeWriterTests
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    [Fact]
    public void WriteLine_OrdinaryStream_ArrivesInOrder()
    {
        using var stream = new MemoryStream();
        using var writer = new NoticeWriter(stream);
        writer.WriteLine("one");
        writer.Write("tw");
        writer.WriteLine("o");
        writer.Write("no end");
        writer.Finish(Guard);
        Assert.Equal("one\ntwo\nno end", Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Fact]
    public void WriteLine_StreamThatThrows_DoesNotThrow()
    {
        using var writer = new NoticeWriter(new BadStream(() => throw new IOException("No space left on device")));
        for (var line = 0; line < 100; line++)
            writer.WriteLine("line");
        writer.Finish(Guard);
    }

    [Fact]
    public void WriteLine_NoStream_DropsIt()
    {
        using var writer = new NoticeWriter(null);
        writer.WriteLine("line");
        writer.Finish(Guard);
        Assert.Equal(1, writer.Dropped);
    }

    [Fact]
    public void WriteLine_StreamThatBlocks_NeitherBlocksNorGrows()
    {
        using var never = new ManualResetEventSlim();
        using var writer = new NoticeWriter(new BadStream(never.Wait));
        var line = new string('x', 1000);
        for (var count = 0; count < 200; count++)
            writer.WriteLine(line);
        Assert.InRange(writer.Dropped, 200 - (NoticeWriter.Capacity / 1001) - 1, 200 - (NoticeWriter.Capacity / 1001));
        writer.Finish(TimeSpan.Zero);
        never.Set();
    }

    private sealed class BadStream(Action onWrite) : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => onWrite();

        public override void Write(ReadOnlySpan<byte> buffer) => onWrite();
    }
}
