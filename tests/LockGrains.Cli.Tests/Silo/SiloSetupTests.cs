using System.Net;
using LockGrains.Silo;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace LockGrains.Cli.Tests.Silo;

public sealed class SiloSetupTests
{
    /// <summary>A write of the membership holds a thread until another one has read the answer: with one or two, all locks stood still.</summary>
    /// <param name="before">How many threads the pool starts with.</param>
    /// <param name="after">How many it starts with for a silo.</param>
    [Theory]
    [InlineData(1, 8)]
    [InlineData(32, 32)]
    public void ReserveThreads_GivesThePoolEightAtLeast(int before, int after)
    {
        ThreadPool.GetMinThreads(out var threads, out var completionThreads);
        try
        {
            Assert.True(ThreadPool.SetMinThreads(before, completionThreads));
            SiloSetup.ReserveThreads();

            ThreadPool.GetMinThreads(out var reserved, out _);
            Assert.Equal(after, reserved);
        }
        finally
        {
            ThreadPool.SetMinThreads(threads, completionThreads);
        }
    }

    /// <summary>
    /// Orleans lets nobody vote against a silo for the longest time-out of a probe times the probes that may be missed, and by default that
    /// time-out is four times the one that is set: 32 s. And it keeps a crashed silo's part of the directory shut for what is left of 30 s.
    /// </summary>
    [Fact]
    public async Task Silo_ThatHangsOrCrashes_IsNotWaitedForByOrleans()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddSilo(new SiloSettings(), IPAddress.Loopback, redis: null);
        await using var app = builder.Build();

        var membership = app.Services.GetRequiredService<IOptions<ClusterMembershipOptions>>().Value;
        Assert.Equal(membership.ProbeTimeout, membership.MinProbeTimeout);
        Assert.Equal(TimeSpan.FromSeconds(8), membership.MaxProbeTimeout * membership.NumMissedProbesLimit);
        Assert.Equal(TimeSpan.Zero, app.Services.GetRequiredService<IOptions<GrainDirectoryOptions>>().Value.RangeLeaseDuration);
    }
}
