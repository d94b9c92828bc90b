using System.Diagnostics;

namespace LockGrains.Cli.Tests.Children;

/// <summary>A named pipe: an event between a test and a child. Opening it waits for the other side.</summary>
internal sealed class Fifo : IDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("lockgrains-fifo").FullName;

    public Fifo()
    {
        FilePath = Path.Combine(_folder, "pipe");
        using var make = Process.Start("mkfifo", [FilePath]);
        make.WaitForExit();
        Assert.Equal(0, make.ExitCode);
    }

    public string FilePath { get; }

    public async Task<string> ReadAsync(string what)
    {
        try
        {
            return await Task.Run(() => File.ReadAllText(FilePath)).WaitAsync(Guard);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"The child never wrote: {what}.");
        }
    }

    public async Task WriteAsync(string text, string what)
    {
        try
        {
            await Task.Run(() => File.WriteAllText(FilePath, text)).WaitAsync(Guard);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Nobody read: {what}.");
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
