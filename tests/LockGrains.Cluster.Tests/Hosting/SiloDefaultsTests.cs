using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace LockGrains.Cluster.Tests;

/// <summary>What <c>UseLockGrainsDefaults</c> does to a silo. That it sets all that is documented, a test of the documents tells.</summary>
public sealed class SiloDefaultsTests
{
    /// <summary>A write of the membership holds a thread until another one has read the answer: with one or two, all locks stood still.</summary>
    /// <param name="before">How many threads the pool starts with.</param>
    /// <param name="after">How many it starts with for a silo.</param>
    [Theory]
    [InlineData(1, 8)]
    [InlineData(32, 32)]
    public void Defaults_GiveThePoolEightThreadsAtLeast(int before, int after)
    {
        ThreadPool.GetMinThreads(out var threads, out var completionThreads);
        try
        {
            Assert.True(ThreadPool.SetMinThreads(before, completionThreads));
            using var host = Build(static silo => silo.UseLockGrainsDefaults());

            ThreadPool.GetMinThreads(out var reserved, out _);
            Assert.Equal(after, reserved);
        }
        finally
        {
            ThreadPool.SetMinThreads(threads, completionThreads);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Setting_OfTheUser_WinsWhereItComesLater(bool isLater)
    {
        using var host = Build(silo =>
        {
            if (isLater)
                silo.UseLockGrainsDefaults().AddLockGrains();
            silo.Configure<ClusterMembershipOptions>(options => options.ProbeTimeout = TimeSpan.FromSeconds(3));
            silo.Configure<GrainDirectoryOptions>(options => options.RangeLeaseDuration = TimeSpan.FromSeconds(4));
            silo.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(31));
            silo.Configure<GrainCollectionOptions>(options => options.CollectionAge = TimeSpan.FromMinutes(20));
            silo.Configure<ConnectionOptions>(options => options.OpenConnectionTimeout = TimeSpan.FromSeconds(6));
            if (!isLater)
                silo.UseLockGrainsDefaults().AddLockGrains();
        });

        Assert.Equal(isLater ? [3, 4, 31, 1200, 6] : [2, 0, 20, 600, 2], new[]
        {
            Get<ClusterMembershipOptions>(host).ProbeTimeout,
            Get<GrainDirectoryOptions>(host).RangeLeaseDuration,
            Get<SiloMessagingOptions>(host).ResponseTimeout,
            Get<GrainCollectionOptions>(host).CollectionAge,
            Get<ConnectionOptions>(host).OpenConnectionTimeout,
        }.Select(time => time.TotalSeconds));
    }

    [Fact]
    public void WarningTime_OfTheUser_WinsThoughItIsTheDefaultOfOrleans()
    {
        using var host = Build(static silo => silo.UseLockGrainsDefaults().AddLockGrains()
            .Configure<SiloMessagingOptions>(options => options.RequestProcessingWarningTime = TimeSpan.FromSeconds(20)));

        Assert.Equal(TimeSpan.FromSeconds(20), Get<SiloMessagingOptions>(host).RequestProcessingWarningTime);
    }

    [Fact]
    public void CrashWatch_IsOnByDefault()
    {
        using var host = Build(static silo => silo.UseLockGrainsDefaults());

        Assert.Single(Watches(host));
    }

    [Fact]
    public void CrashWatch_IsOffWhenAsked()
    {
        using var host = Build(static silo => silo.UseLockGrainsDefaults(crashWatch: false).AddLockGrains());

        Assert.Empty(Watches(host));
        Assert.Equal(TimeSpan.FromSeconds(2), Get<ClusterMembershipOptions>(host).ProbeTimeout);
    }

    /// <summary>Each would knock at every port.</summary>
    [Fact]
    public void CrashWatch_AddedThrice_IsOne()
    {
        using var host = Build(static silo => silo.UseLockGrainsDefaults().UseLockGrainsDefaults().AddLockGrainsCrashWatch());

        Assert.Single(Watches(host));
    }

    /// <summary>An application that only uses locks keeps its own settings, until it asks for these.</summary>
    [Fact]
    public void AddLockGrains_ByItself_LeavesOrleansAsItIs()
    {
        using var host = Build(static silo => silo.AddLockGrains());

        Assert.Empty(Watches(host));
        Assert.Equal(new ClusterMembershipOptions().ProbeTimeout, Get<ClusterMembershipOptions>(host).ProbeTimeout);
        Assert.Equal(new SiloMessagingOptions().SystemResponseTimeout, Get<SiloMessagingOptions>(host).SystemResponseTimeout);
        Assert.Equal(new GrainCollectionOptions().CollectionAge, Get<GrainCollectionOptions>(host).CollectionAge);
    }

    [Fact]
    public void Defaults_OfNoSilo_AreRefused() =>
        Assert.Throws<ArgumentNullException>("builder", () => LockGrainsSiloDefaults.UseLockGrainsDefaults(null!));

    private static IHost Build(Action<ISiloBuilder> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.UseOrleans(silo => configure(silo.UseLocalhostClustering()));
        return builder.Build();
    }

    private static T Get<T>(IHost host)
        where T : class => host.Services.GetRequiredService<IOptions<T>>().Value;

    private static IEnumerable<CrashWatch> Watches(IHost host) =>
        host.Services.GetServices<ILifecycleParticipant<ISiloLifecycle>>().OfType<CrashWatch>();
}
