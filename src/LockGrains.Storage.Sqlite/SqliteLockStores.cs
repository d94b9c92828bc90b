using System.Runtime.CompilerServices;
using System.Text;
using LockGrains.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LockGrains;

/// <summary>Keeps locks in a SQLite file that this process has to itself.</summary>
internal sealed class SqliteLockStores : ILockStoreProvider, IDisposable
{
    // Two keys of text that is not well-formed could have the same bytes.
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly SqliteStorageOptions _options;
    private readonly IHostApplicationLifetime? _lifetime;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private SqliteWriter? _writer;
    private bool _isDisposed;

    static SqliteLockStores() => SQLitePCL.Batteries_V2.Init();

    [ActivatorUtilitiesConstructor]
    public SqliteLockStores(IOptions<SqliteStorageOptions> options, ILogger<SqliteLockStores> logger, IServiceProvider services)
        : this(options.Value, logger, services.GetService<IHostApplicationLifetime>())
    {
    }

    internal SqliteLockStores(SqliteStorageOptions options, ILogger logger, IHostApplicationLifetime? lifetime = null)
    {
        _options = options;
        _lifetime = lifetime;
        _logger = logger;
    }

    public string Name => "SQLite";

    public bool IsDurable => true;

    public bool CanList => true;

    /// <summary>Opens the file, if that has not been done.</summary>
    /// <exception cref="SqliteFileException">It cannot be used.</exception>
    public SqliteWriter Open()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_writer is not null)
                return _writer;
            if (string.IsNullOrWhiteSpace(_options.Path))
                throw new SqliteFileException($"{nameof(SqliteStorageOptions)}.{nameof(SqliteStorageOptions.Path)} is empty; name a file.");
            var path = Path.GetFullPath(_options.Path);
            CheckFileSystem(path);
            return _writer = new SqliteWriter(new SqliteRecords(SqliteFile.Open(path)), path, End);
        }
    }

    public ILockStore Open(LockSpace space, string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        if (space == LockSpace.None || !Enum.IsDefined(space))
            throw new ArgumentOutOfRangeException(nameof(space), space, "It must be one of the key spaces.");
        return new SqliteLockStore(Open(), space, StrictUtf8.GetBytes(key));
    }

    public ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            Open();
            return ValueTask.FromResult<string?>(null);
        }
        catch (SqliteFileException exception)
        {
            return ValueTask.FromResult<string?>(exception.Message);
        }
    }

    public async IAsyncEnumerable<string> ListAsync(
        LockSpace space, string prefix = "", [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        var writer = Open();
        var from = StrictUtf8.GetBytes(prefix);
        byte[]? after = null;
        while (true)
        {
            var last = after;
            var keys = await writer.ExecuteAsync(records => records.List(space, from, last), pages: 0, cancellationToken).ConfigureAwait(false);
            foreach (var key in keys)
            {
                // They come in the order of their bytes, so after the last with the prefix there is none.
                if (!key.AsSpan().StartsWith(from))
                    yield break;
                yield return StrictUtf8.GetString(key);
            }

            if (keys.Count == 0)
                yield break;
            after = keys[^1];
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _writer?.Dispose();
            _writer = null;
        }
    }

    internal static void Check(string path, Mount mount, bool isAllowed)
    {
        if (mount.IsUnsafe && !isAllowed)
            throw SqliteFileException.Of(
                path,
                $"it would be on a file system of type '{mount.Type}' (at '{mount.Point}'), which may lose what it has acknowledged, or let two "
                + $"machines open it. Use a local disk. If you know better: {nameof(SqliteStorageOptions.AllowUnsafeFileSystem)} "
                + "(the silo: --data-unsafe).");
    }

    private void CheckFileSystem(string path)
    {
        if (Mount.Find(path) is not { } mount)
            return;
        Check(path, mount, _options.AllowUnsafeFileSystem);
        if (mount.IsUnsafe)
            SqliteLog.UnsafeFileSystem(_logger, path, mount.Type);
        if (mount.IsContainersOwn)
            SqliteLog.NoVolume(_logger, path);
    }

    private void End(SqliteFileException exception)
    {
        SqliteLog.Ended(_logger, exception.Message);
        Environment.ExitCode = LockGrainsSqliteExtensions.InputOutputError;
        _lifetime?.StopApplication();
    }
}
