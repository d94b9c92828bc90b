using LockGrains.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace LockGrains.Docs.Tests.Examples;

/// <summary>What docs/LEADING.md shows does what it says.</summary>
public sealed class LeadingExampleTests : IAsyncDisposable
{
    private readonly InMemoryLocks _locks = new();

    public async ValueTask DisposeAsync() => await _locks.DisposeAsync();

    [Fact]
    public async Task Scheduler_TwoHosts_RunsOnOneAndThenOnTheOther()
    {
        using var first = MakeHost(LeadingHost.Add);
        using var second = MakeHost(LeadingHost.Add);
        await first.StartAsync();
        var here = first.Services.GetRequiredService<Schedule>();
        await here.Begun.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System);
        await second.StartAsync();
        await _locks.WhenAsync("scheduler", info => info.QueueLength == 1);
        Assert.True(first.Services.GetRequiredService<Status>().IsHere);
        Assert.False(second.Services.GetRequiredService<Status>().IsHere);
        Assert.Equal(HealthStatus.Healthy, (await first.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Status);

        await first.StopAsync();
        var there = second.Services.GetRequiredService<Schedule>();
        await there.Begun.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System);
        Assert.True(there.Tokens[0] > here.Tokens[0]);
        await second.StopAsync();
    }

    [Fact]
    public async Task Scheduler_WithSettings_ProclaimsItsAddress()
    {
        using var host = MakeHost(builder => LeadingHost.AddWithSettings(builder, "10.0.0.7:5000"));
        var status = host.Services.GetRequiredService<Status>();
        Assert.Null(await status.FindAsync());
        await host.StartAsync();
        await host.Services.GetRequiredService<Schedule>().Begun.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System);

        Assert.Equal("10.0.0.7:5000", await status.FindAsync());
        await host.StopAsync();
        Assert.Null(await status.FindAsync());
    }

    [Fact]
    public async Task Dispatcher_AtRisk_CampaignsAgain()
    {
        var clock = new FakeClock();
        await using var locks = new InMemoryLocks(clock);
        var client = locks.CreateClient();
        using var stop = new CancellationTokenSource();
        var tokens = new List<long>();
        var run = clock.RunAsync(() => new Dispatcher(client, "here").RunAsync(
            (token, told) =>
            {
                tokens.Add(token);
                return Task.Delay(Timeout.InfiniteTimeSpan, clock, told);
            },
            stop.Token));
        await clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        locks.CutOff(client);
        await clock.AdvanceAsync(TimeSpan.FromSeconds(20));
        locks.Reconnect(client);
        await clock.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(2, tokens.Count);
        Assert.True(tokens[1] > tokens[0]);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    private IHost MakeHost(Action<IHostApplicationBuilder> add)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton(_locks.CreateClient());
        builder.Services.AddSingleton<Schedule>().AddSingleton<Status>();
        add(builder);
        return builder.Build();
    }
}
