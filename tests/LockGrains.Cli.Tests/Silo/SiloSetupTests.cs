using System.Net;
using LockGrains.Silo;
using LockGrains.Silo.Clients;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Serialization.Configuration;

namespace LockGrains.Cli.Tests.Silo;

/// <summary>The silo is set up as the library recommends it (<c>UseLockGrainsDefaults</c>, which has its own tests).</summary>
public sealed class SiloSetupTests
{
    /// <summary>
    /// Orleans lets nobody vote against a silo for the longest time-out of a probe times the probes that may be missed, and by default that
    /// time-out is four times the one that is set: 32 s. And it keeps a crashed silo's part of the directory shut for what is left of 30 s.
    /// </summary>
    [Fact]
    public async Task Silo_ThatHangsOrCrashes_IsNotWaitedForByOrleans()
    {
        await using var app = Build(new SiloSettings());

        var membership = app.Services.GetRequiredService<IOptions<ClusterMembershipOptions>>().Value;
        Assert.Equal(membership.ProbeTimeout, membership.MinProbeTimeout);
        Assert.Equal(TimeSpan.FromSeconds(8), membership.MaxProbeTimeout * membership.NumMissedProbesLimit);
        Assert.Equal(TimeSpan.Zero, app.Services.GetRequiredService<IOptions<GrainDirectoryOptions>>().Value.RangeLeaseDuration);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CrashWatch_IsThereIfItIsSet(bool isSet)
    {
        await using var app = Build(new SiloSettings { CrashWatch = isSet, Memory = true });

        var participants = app.Services.GetServices<ILifecycleParticipant<ISiloLifecycle>>().Select(one => one.GetType().Name);
        Assert.Equal(isSet, participants.Contains("CrashWatch"));
    }

    /// <summary>A message may name no type but those that Orleans and LockGrains send.</summary>
    [Fact]
    public async Task Serializer_TakesNoTypeThatAMessageNames()
    {
        await using var app = Build(new SiloSettings { Memory = true });

        Assert.False(app.Services.GetRequiredService<IOptions<TypeManifestOptions>>().Value.AllowAllTypes);
    }

    /// <summary>It costs each call a little.</summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task LocksOnly_IsThereIfItIsSet(bool isSet, bool isThere)
    {
        await using var app = Build(new SiloSettings { LocksOnly = isSet, Memory = true });

        Assert.Equal(isThere, app.Services.GetServices<IIncomingGrainCallFilter>().Any(filter => filter is LocksOnlyFilter));
    }

    [Fact]
    public void Limits_OfTheHttpApi_AreThoseOfTheSettings()
    {
        var (defaults, options) = (new LockGrainsHttpOptions(), new LockGrainsHttpOptions());

        SiloSetup.Configure(options, new SiloSettings());
        Assert.Equal((defaults.MaxWaiting, defaults.MaxStreams, defaults.MaxPercentOfOne), (options.MaxWaiting, options.MaxStreams, options.MaxPercentOfOne));

        SiloSetup.Configure(options, new SiloSettings { HttpMaxWaiting = 7, HttpMaxStreams = 8, HttpMaxPercentOfOne = 9 });
        Assert.Equal((7, 8, 9), (options.MaxWaiting, options.MaxStreams, options.MaxPercentOfOne));
    }

    private static WebApplication Build(SiloSettings settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddSilo(settings, IPAddress.Loopback, redis: null);
        return builder.Build();
    }
}
