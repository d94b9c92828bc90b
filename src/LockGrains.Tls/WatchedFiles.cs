using System.Security.Cryptography;
using System.Text;

namespace LockGrains;

/// <summary>
/// What is made of some files. It is made anew when they change, so that a renewed certificate counts without a restart; while what is there cannot be
/// read, what was made before counts.
/// </summary>
/// <typeparam name="T">What is made.</typeparam>
internal sealed class WatchedFiles<T>
    where T : class
{
    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(10);

    private readonly IReadOnlyList<string> _paths;
    private readonly Func<IReadOnlyList<string>, T> _make;
    private readonly TimeProvider _time;
    private readonly Lock _reading = new();
    private string _seen;
    private string? _problem;
    private long _lookedAt;
    private T _current;

    /// <summary>Reads the files.</summary>
    /// <param name="paths">Where they are.</param>
    /// <param name="make">Makes it of their texts, in the order of their paths.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="Exception">They cannot be used; <see cref="IsUnusable"/> is true of it.</exception>
    public WatchedFiles(IReadOnlyList<string> paths, Func<IReadOnlyList<string>, T> make, TimeProvider time)
    {
        (_paths, _make, _time) = (paths, make, time);
        var (texts, hash) = Read();
        (_seen, _current, _lookedAt) = (hash, make(texts), time.GetTimestamp());
    }

    /// <summary>Why the files, which have changed, cannot be used; told once for each change.</summary>
    public event Action<string>? Failed;

    /// <summary>What was made of files that have changed.</summary>
    public event Action<T>? Changed;

    /// <summary>Whether an exception says that the files cannot be used, and is no defect.</summary>
    public static bool IsUnusable(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;

    /// <summary>What counts now.</summary>
    public T Get()
    {
        lock (_reading)
        {
            if (_time.GetElapsedTime(_lookedAt) >= LookPeriod)
            {
                _lookedAt = _time.GetTimestamp();
                Look();
            }

            return _current;
        }
    }

    private void Look()
    {
        try
        {
            var (texts, hash) = Read();
            _problem = null;
            if (hash == _seen)
                return;
            _seen = hash;
            _current = _make(texts);
            Changed?.Invoke(_current);
        }
        catch (Exception exception) when (IsUnusable(exception))
        {
            if (exception.Message != _problem)
                Failed?.Invoke(exception.Message);
            _problem = exception.Message;
        }
    }

    // Not by the time of the files: Kubernetes changes what a link leads to, and the link stays as old as it is.
    private (IReadOnlyList<string> Texts, string Hash) Read()
    {
        var texts = _paths.Select(File.ReadAllText).ToList();
        return (texts, Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', texts)))));
    }
}
