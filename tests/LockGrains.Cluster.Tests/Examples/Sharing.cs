namespace LockGrains.Cluster.Tests;

/// <summary>What a reader-writer lock protects: a writer raises the token that was seen last, a reader only compares its own.</summary>
internal sealed class SharedPage
{
    private readonly Lock _lock = new();
    private string _text = "draft";
    private long _token;

    public string Read(long fencingToken)
    {
        lock (_lock)
        {
            Check(fencingToken);
            return _text;
        }
    }

    public void Write(string text, long fencingToken)
    {
        lock (_lock)
        {
            Check(fencingToken);
            (_text, _token) = (text, fencingToken);
        }
    }

    private void Check(long fencingToken)
    {
        if (fencingToken < _token)
            throw new OutdatedTokenException($"The token {fencingToken} is outdated: a writer with {_token} was here.");
    }
}

/// <summary>Many read a page at a time, and one writes.</summary>
internal sealed class PageEditor(ILockClient locks, SharedPage page)
{
    public async Task<string> ReadAsync()
    {
        await using var reader = await locks.AcquireSharedAsync("page", wait: TimeSpan.FromMinutes(1));
        return page.Read(reader.FencingToken); // beside other readers, and never beside a writer
    }

    public async Task WriteAsync(string text)
    {
        await using var writer = await locks.AcquireAsync("page", wait: TimeSpan.FromMinutes(1));
        page.Write(text, writer.FencingToken);
    }

    public async Task<bool> PublishAsync()
    {
        await using var hold = await locks.AcquireUpgradeableAsync("page", wait: TimeSpan.FromMinutes(1));
        if (page.Read(hold.FencingToken) == "published")
            return false; // up to here others read, too

        await hold.UpgradeAsync(); // waits for those who read now; throws after 30 s, and is upgradeable still
        page.Write("published", hold.FencingToken); // another, larger token than before

        await hold.DowngradeAsync(); // others read again, and nobody has written in between
        return page.Read(hold.FencingToken) == "published";
    }
}

/// <summary>As many at a time as there are machines, and each on a machine of its own.</summary>
internal sealed class Converters(ILockClient locks, string[] machines)
{
    public async Task ConvertAsync(Func<string, CancellationToken, Task> work)
    {
        await using var hold = await locks.AcquirePermitsAsync("converters", permits: 1, limit: machines.Length);
        var machine = machines[hold.PermitNumbers[0]]; // no other holder has this number
        await work(machine, hold.HandleLostToken);
    }
}

/// <summary>As many at a time as an operator allows, who changes that while they work.</summary>
internal sealed class Exports(ILockClient locks)
{
    public async Task ExportAsync(Func<int, Task> work)
    {
        await using var hold = await locks.AcquireSharedAsync("exports"); // states no limit: the key's counts
        await work(hold.PermitNumbers[0]);
    }

    public async Task<bool> TryAllowAsync(int limit, int insteadOf)
    {
        var reply = await locks.SetLimitAsync("exports", limit, expected: insteadOf);
        return reply.Status == LimitStatus.Current; // else it is reply.Limit, and nothing was set
    }
}

/// <summary>A latch: one waits until all workers are done.</summary>
internal sealed class ReportParts(ILockClient locks)
{
    public Task<LockHandle> BeginAsync() => locks.AcquireSharedAsync("report").AsTask(); // a worker is done when it releases this

    public async Task WhenAllAreDoneAsync()
    {
        await using var all = await locks.AcquireAsync("report"); // when every worker that has begun is done
    }
}

/// <summary>A barrier: many wait until one lets all of them go.</summary>
internal sealed class StartLine(ILockClient locks)
{
    public Task<LockHandle> CloseAsync() => locks.AcquireAsync("start").AsTask(); // to release it is to open the barrier

    public async Task PassAsync()
    {
        await using var passed = await locks.AcquireSharedAsync("start"); // all who wait come in together
    }
}
