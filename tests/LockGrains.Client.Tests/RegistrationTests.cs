using System.Reflection;
using LockGrains.Client.Tests.Fakes;
using LockGrains.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace LockGrains.Client.Tests;

/// <summary>The client as a service.</summary>
public sealed class RegistrationTests
{
    private readonly ScriptedLockGrain _grain = new();
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Add_Twice_RegistersOneClientThatUsesTheHostsServices()
    {
        var services = MakeServices();
        services.AddLockGrainsClient(options => options.OwnerId = "first");
        services.AddLockGrainsClient(options => options.Lease = TimeSpan.FromSeconds(7));
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<ILockClient>();
        _grain.Acquire.Reply(Replies.Granted(validForSeconds: 7));
        await using var handle = await client.AcquireAsync("k");

        Assert.Same(client, Assert.Single(provider.GetServices<ILockClient>()));
        Assert.Empty(provider.GetServices<IHostedService>());
        Assert.Single(provider.GetServices<ILifecycleParticipant<IClusterClientLifecycle>>());
        Assert.Equal("first", handle.OwnerId);
        Assert.Equal(TimeSpan.FromSeconds(7), _grain.Acquire.Calls[0].Lease);
        // 7 s · 0.99 − 70 ms, to the tick: the manual clock was used.
        Assert.Equal(TimeSpan.FromSeconds(6.86), handle.Remaining);
    }

    [Fact]
    public void Add_WrongOption_FailsAtTheStart()
    {
        var services = MakeServices().AddLockGrainsClient(options => options.BeatPeriod = TimeSpan.FromHours(1));
        using var provider = services.BuildServiceProvider();

        var start = provider.GetRequiredService<IStartupValidator>();
        var exception = Assert.Throws<OptionsValidationException>(start.Validate);
        const string Expected = "LockClientOptions.BeatPeriod is 1h; it must be from 100ms to 1m.";
        Assert.Contains(Expected, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 2)]
    [InlineData(7, 7)]
    public void Add_GatewayRefresh_IsShortUnlessSet(int? setSeconds, int seconds)
    {
        var services = MakeServices();
        if (setSeconds is { } set)
            services.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(set));
        using var provider = services.AddLockGrainsClient().BuildServiceProvider();

        var options = provider.GetRequiredService<IOptions<GatewayOptions>>().Value;
        Assert.Equal(TimeSpan.FromSeconds(seconds), options.GatewayListRefreshPeriod);
    }

    [Fact]
    public async Task Scope_DisposedSynchronously_ReleasesTheHandleThatItHas()
    {
        var services = MakeServices().AddLockGrainsClient();
        services.AddScoped(static provider => provider.GetRequiredService<ILockClient>().AcquireAsync("k").AsTask().GetAwaiter().GetResult());
        await using var provider = services.BuildServiceProvider();
        _grain.Acquire.Reply(Replies.Granted());
        LockHandle handle;
        using (var scope = provider.CreateScope())
            handle = scope.ServiceProvider.GetRequiredService<LockHandle>();

        Assert.Equal(_grain.Acquire.Calls[0].LeaseId, await _grain.Release.WhenCalledAsync());
        Assert.Equal(EndReason.Released, Assert.Throws<LockLostException>(handle.ThrowIfLost).End);
    }

    [Fact]
    public async Task Provider_DisposedSynchronously_NeitherThrowsNorKeepsTheLock()
    {
        var provider = MakeServices().AddLockGrainsClient().BuildServiceProvider();
        _grain.Acquire.Reply(Replies.Granted());
        var handle = await provider.GetRequiredService<ILockClient>().AcquireAsync("k");
        provider.Dispose();
        await handle.AtRiskToken.WhenCancelledAsync("the early warning");

        // Nobody renews it any more: it is free when its lease is over.
        await _time.WhenTimersAtMostAsync(1);
        _time.Advance(TestClient.Guaranteed);
        Assert.True(handle.HandleLostToken.IsCancellationRequested);
        Assert.Empty(_grain.Renew.Calls);
        handle.Dispose();
    }

    [Fact]
    public async Task Add_OrleansTellsThatAGatewayIsLost_TheClientHears()
    {
        var delay = TimeSpan.FromSeconds(1);
        var services = MakeServices().AddLockGrainsClient().AddLockGrainsClient(
            options => options.RetryDelay = options.RetryDelayMax = delay);
        await using var provider = services.BuildServiceProvider();
        _ = _grain.Acquire.Hang();
        _grain.Acquire.Reply(Replies.Granted());
        var acquire = provider.GetRequiredService<ILockClient>().AcquireAsync("k").AsTask();
        await _grain.Acquire.WhenCalledAsync();
        var observer = Assert.Single(provider.GetServices<IClusterConnectionStatusObserver>());
        observer.NotifyGatewayCountChanged(0, 1, connectionRecovered: false);
        await _time.WhenTimerDueInAsync(delay);
        _time.Advance(delay);

        await acquire.OrTimeoutAsync("the grant");
    }

    [Theory]
    [InlineData(5, 30, null)]
    [InlineData(10, 30, null)]
    [InlineData(11, 30, "LockClientOptions.StopTimeout is 11s; it must be at most 10s, a third of HostOptions.ShutdownTimeout (30s).")]
    [InlineData(2, 3, "LockClientOptions.StopTimeout is 2s; it must be at most 1s, a third of HostOptions.ShutdownTimeout (3s).")]
    [InlineData(-1, 30, "LockClientOptions.StopTimeout is -1s; it must be from 0 to 10m.")]
    [InlineData(600, 0, null)]
    public void Add_StopTimeout_FitsInTheTimeOfTheHost(int stopSeconds, int shutdownSeconds, string? problem)
    {
        var services = MakeServices().AddLockGrainsClient(options => options.StopTimeout = TimeSpan.FromSeconds(stopSeconds));
        services.Configure<HostOptions>(options =>
            options.ShutdownTimeout = shutdownSeconds == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(shutdownSeconds));
        using var provider = services.BuildServiceProvider();

        var exception = Record.Exception(provider.GetRequiredService<IStartupValidator>().Validate);
        if (problem is null)
            Assert.Null(exception);
        else
            Assert.Contains(problem, Assert.IsType<OptionsValidationException>(exception).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(30, 5)]
    [InlineData(6, 2)]
    public void StopTimeout_NotSet_IsAThirdOfWhatTheHostHasAtMost(int shutdownSeconds, int seconds)
    {
        var host = new HostOptions { ShutdownTimeout = TimeSpan.FromSeconds(shutdownSeconds) };

        Assert.Equal(TimeSpan.FromSeconds(seconds), StopTimeoutValidator.GetLimit(new LockClientOptions(), host));
    }

    private ServiceCollection MakeServices()
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(_time);
        var factory = DispatchProxy.Create<IGrainFactory, OneGrainFactory>();
        ((OneGrainFactory)(object)factory).Grain = _grain;
        services.AddSingleton(factory);
        return services;
    }

    /// <summary>Knows one grain, whatever it is asked for.</summary>
    public class OneGrainFactory : DispatchProxy
    {
        public ILockGrain? Grain { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => Grain;
    }
}
