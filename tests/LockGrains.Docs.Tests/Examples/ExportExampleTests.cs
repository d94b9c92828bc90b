using LockGrains.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace LockGrains.Docs.Tests.Examples;

public sealed class ExportExampleTests
{
    [Fact]
    public async Task SecondExport_GivesUpAfterHalfAMinute()
    {
        var clock = new FakeClock();
        await using var locks = new InMemoryLocks(clock);
        var first = clock.RunAsync(() => new Export(locks.CreateClient(), clock).RunAsync());
        var second = clock.RunAsync(() => new Export(locks.CreateClient(), clock).RunAsync());

        await clock.AdvanceAsync(TimeSpan.FromSeconds(31));
        Assert.False(await second);
        await clock.AdvanceAsync(TimeSpan.FromSeconds(29));
        Assert.True(await first);
    }

    [Fact]
    public async Task Export_ThatIsCutOff_EndsBeforeTheNextBegins()
    {
        var clock = new FakeClock();
        await using var locks = new InMemoryLocks(clock);
        var client = locks.CreateClient();
        var export = new Export(client, clock);
        var run = clock.RunAsync(() => export.RunAsync());
        await clock.AdvanceAsync(TimeSpan.FromSeconds(10));

        locks.CutOff(client);
        var next = locks.CreateClient().AcquireAsync("export").AsTask();
        await clock.AdvanceAsync(TimeSpan.FromSeconds(30));
        Assert.False(await run);
        Assert.InRange(export.Pages, 10, 40);
        await using var handle = await next;
    }

    [Fact]
    public async Task Export_WhoseLockIsRevoked_EndsAtOnce()
    {
        var clock = new FakeClock();
        await using var locks = new InMemoryLocks(clock);
        var export = new Export(locks.CreateClient(), clock);
        var run = clock.RunAsync(() => export.RunAsync());
        await clock.AdvanceAsync(TimeSpan.FromSeconds(10));

        await locks.LoseAsync("export");
        Assert.False(await run);
        Assert.Equal(10, export.Pages);
    }

    [Fact]
    public async Task Client_OnTheSystemsClock_WaitsUntilTheLockIsFree()
    {
        await using var locks = new InMemoryLocks();
        var first = await locks.CreateClient().AcquireAsync("export");
        var second = locks.CreateClient().AcquireAsync("export").AsTask();
        await locks.WhenAsync("export", info => info.QueueLength == 1);

        await first.DisposeAsync();
        await using var handle = await second;
    }

    [Fact]
    public async Task Services_HaveTheClientAndTheClock()
    {
        var clock = new FakeClock();
        await using var locks = new InMemoryLocks(clock);
        var services = new ServiceCollection();
        services.AddSingleton(_ => locks.CreateClient());
        services.AddSingleton<TimeProvider>(clock);
        services.AddTransient<Export>();
        await using var provider = services.BuildServiceProvider();

        var run = clock.RunAsync(() => provider.GetRequiredService<Export>().RunAsync());
        await clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.True(await run);
    }
}
