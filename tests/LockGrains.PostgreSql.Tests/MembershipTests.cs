using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace LockGrains.PostgreSql.Tests;

/// <summary>The membership that Orleans keeps in tables made by our script, with Orleans' own checks of a membership table.</summary>
public sealed class MembershipTests : IAsyncLifetime
{
    private PostgresServer _server = null!;

    public async Task InitializeAsync()
    {
        if (PostgresInstallation.SkipReason is null)
            _server = await PostgresServer.StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    [PostgresFact]
    public async Task Client_WithAdoNetClustering_FindsTheSiloAndTakesALock()
    {
        using var silo = await StartSiloAsync();
        using var client = new HostBuilder()
            .ConfigureLogging(logging => logging.ClearProviders())
            .UseOrleansClient(orleans => orleans.UseAdoNetClustering(options =>
                (options.Invariant, options.ConnectionString) = ("Npgsql", _server.ConnectionString)))
            .Build();
        await client.StartAsync();

        await using var locks = LockClient.Create(client.Services.GetRequiredService<IClusterClient>());
        await using (var handle = await locks.AcquireAsync("key", TimeSpan.FromMinutes(1)))
            Assert.True(handle.FencingToken > 0);
        await client.StopAsync();
        await silo.StopAsync();
        Assert.Equal(0, await _server.AskAsync<long>("select count(*) from OrleansMembershipTable where Status = 3"));
    }

    [PostgresFact]
    public async Task Table_ByOrleansRules_ComparesItsVersionAndNeverWritesHalf()
    {
        using var silo = await StartSiloAsync();
        var table = silo.Services.GetRequiredService<IMembershipTable>();
        var all = await table.ReadAllAsync();
        var own = Assert.Single(all.Members);
        var entry = Entry(own.Item1, generation: 1);

        Assert.True(await table.InsertRowAsync(entry, all.Version.Next()));
        Assert.False(await table.InsertRowAsync(Entry(own.Item1, generation: 2), all.Version.Next()), "an old version was accepted");
        var one = await table.ReadRowAsync(entry.SiloAddress);
        Assert.Equal(SiloStatus.Joining, Assert.Single(one.Members).Item1.Status);
        Assert.False(await table.InsertRowAsync(entry, one.Version.Next()), "a row was inserted twice");

        entry.AddSuspector(own.Item1.SiloAddress, new DateTime(2030, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        entry.Status = SiloStatus.Dead;
        Assert.True(await table.UpdateRowAsync(entry, one.Members[0].Item2, one.Version.Next()));
        Assert.False(await table.UpdateRowAsync(entry, one.Members[0].Item2, one.Version.Next()), "an old version was accepted");
        var changed = await table.ReadRowAsync(entry.SiloAddress);
        Assert.Equal(SiloStatus.Dead, changed.Members[0].Item1.Status);
        Assert.Equal(entry.SuspectTimes, changed.Members[0].Item1.SuspectTimes);
        Assert.Equal(one.Version.Version + 1, changed.Version.Version);

        entry.IAmAliveTime = new DateTime(2031, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        await table.UpdateIAmAliveAsync(entry);
        Assert.Equal(entry.IAmAliveTime, (await table.ReadRowAsync(entry.SiloAddress)).Members[0].Item1.IAmAliveTime);

        await table.CleanupDefunctSiloEntriesAsync(new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal([SiloStatus.Active], (await table.ReadAllAsync()).Members.Select(member => member.Item1.Status));
        Assert.Empty((await table.ReadRowAsync(entry.SiloAddress)).Members);
        await silo.StopAsync();
        await table.DeleteMembershipTableEntriesAsync(Cluster);
        Assert.Equal(0, await _server.AskAsync<long>("select count(*) from OrleansMembershipVersionTable"));
    }

    [PostgresFact]
    public async Task Table_WrittenByManyAtOnce_MovesOnOneVersionForEachThatSucceeded()
    {
        using var silo = await StartSiloAsync();
        var table = silo.Services.GetRequiredService<IMembershipTable>();
        var before = await table.ReadAllAsync();
        var own = before.Members[0].Item1;

        var written = await Task.WhenAll(Enumerable.Range(1, 16).Select(generation => Task.Run(async () =>
        {
            for (var tries = 1; ; tries++)
            {
                var now = await table.ReadAllAsync();
                if (await table.InsertRowAsync(Entry(own, generation), now.Version.Next()))
                    return tries;
            }
        })));

        var after = await table.ReadAllAsync();
        Assert.Equal(16, written.Length);
        Assert.Equal(17, after.Members.Count);
        Assert.Equal(before.Version.Version + 16, after.Version.Version);
        await silo.StopAsync();
    }

    private const string Cluster = "default";

    private static MembershipEntry Entry(MembershipEntry like, int generation) => new()
    {
        SiloAddress = SiloAddress.New(System.Net.IPEndPoint.Parse("127.0.0.1:9"), generation),
        SiloName = "other",
        HostName = like.HostName,
        Status = SiloStatus.Joining,
        ProxyPort = 0,
        StartTime = like.StartTime,
        IAmAliveTime = like.IAmAliveTime,
    };

    private async Task<IHost> StartSiloAsync()
    {
        var silo = new HostBuilder()
            .ConfigureLogging(logging => logging.ClearProviders())
            .UseOrleans(orleans =>
            {
                orleans.ConfigureEndpoints(System.Net.IPAddress.Loopback, FreePort.Find(), FreePort.Find());
                orleans.UseLockGrainsPostgreSqlClustering(_server.ConnectionString);
                orleans.AddLockGrains().AddLockGrainsPostgreSqlStorage(_server.ConnectionString);

                // Nothing but the test writes the table.
                orleans.Configure<ClusterMembershipOptions>(options => options.IAmAliveTablePublishTimeout = TimeSpan.FromHours(1));
            })
            .Build();
        await silo.StartAsync();
        return silo;
    }
}
