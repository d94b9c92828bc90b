using System.Data.Common;
using LockGrains.Storage.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Storage;
using Xunit.Abstractions;

namespace LockGrains.Storage.Tests;

/// <summary>
/// What the kit says of Orleans' own AdoNet storage, with Orleans' own script for SQLite, and why a silo refuses it. (Its script for
/// PostgreSQL also lets two creates pass; SQLite has one writer at a time, so that cannot be seen here.)
/// </summary>
public sealed class AdoNetTests(ITestOutputHelper output) : IDisposable
{
    // The one by which Orleans knows SQLite; the provider behind it may be any.
    private const string Invariant = "System.Data.SQLite";

    private static readonly ConformanceOptions Quick = new() { Writers = 8, Keys = 5, Operations = 500, Connections = 2 };

    private readonly TempFolder _folder = new();

    private string ConnectionString => new SqliteConnectionStringBuilder { DataSource = _folder.File("orleans.db"), Pooling = false }.ToString();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("keys-never-share", "'CAFE", "has the record of 'cafe")]
    [InlineData("spaces-never-share", "Session", "refused")]
    [InlineData("delete-removes", "there is a record", "ETag")]
    [InlineData("put-back-copy", "The ETag", "a second time")]
    [InlineData("counter-does-not-wrap", "", "")]
    public async Task Kit_OnOrleansAdoNet_FailsTheCase(string name, string said, string andSaid)
    {
        await using var hosted = await StartAsync();

        var result = await MakeKit(hosted).RunAsync(name);

        output.WriteLine(result.ToString());
        Assert.Equal(ConformanceOutcome.Failed, result.Outcome);
        Assert.Contains(said, result.Detail, StringComparison.Ordinal);
        Assert.Contains(andSaid, result.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("read-your-write")]
    [InlineData("binary-data")]
    [InlineData("loser-changes-nothing")]
    public async Task Kit_OnOrleansAdoNet_PassesWhatHoldsThere(string name)
    {
        await using var hosted = await StartAsync();

        var result = await MakeKit(hosted).RunAsync(name);

        Assert.True(result.Outcome == ConformanceOutcome.Passed, result.ToString());
    }

    [Fact]
    public async Task DeletionProbe_OnOrleansAdoNet_ForbidsForgetting()
    {
        await using var hosted = await StartAsync();
        var storage = hosted.Services.GetRequiredKeyedService<IGrainStorage>(LockGrainOptions.DefaultStorageName);

        Assert.NotNull(await DeletionProbe.FindProblemAsync(new GrainStorageLocks(storage), CancellationToken.None));
        Assert.Equal("Orleans.Storage.AdoNetGrainStorage", storage.GetType().FullName);
    }

    [Fact]
    public async Task Silo_OnOrleansAdoNet_DoesNotStart()
    {
        DbProviderFactories.RegisterFactory(Invariant, SqliteFactory.Instance);
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.UseOrleans(silo => Configure(silo.UseLocalhostClustering(FreePort.Find(), FreePort.Find()).AddLockGrains()));

        var exception = await Assert.ThrowsAsync<OrleansConfigurationException>(async () =>
        {
            using var host = builder.Build();
            await host.StartAsync();
        });

        Assert.Contains("The grain storage AdoNetGrainStorage is not safe for locks: different keys share one record there", exception.Message, StringComparison.Ordinal);
        Assert.Contains("LockGrains.Storage.PostgreSql", exception.Message, StringComparison.Ordinal);
    }

    private StoreConformance MakeKit(HostedStores hosted) => new(
        new StoreUnderTest
        {
            ConnectAsync = _ => ValueTask.FromResult<ILockStoreProvider>(
                new GrainStorageLocks(hosted.Services.GetRequiredKeyedService<IGrainStorage>(LockGrainOptions.DefaultStorageName))),
            CopyAsync = _ =>
            {
                var copy = _folder.File("copy.db");
                File.Copy(_folder.File("orleans.db"), copy, overwrite: true);
                return Task.FromResult<Func<CancellationToken, Task>>(_ =>
                {
                    File.Copy(copy, _folder.File("orleans.db"), overwrite: true);
                    return Task.CompletedTask;
                });
            },
            AgeAsync = (_, _, _) =>
            {
                Execute($"update OrleansStorage set Version = {int.MaxValue - 3}");
                return Task.CompletedTask;
            },
        },
        Quick);

    private async Task<HostedStores> StartAsync()
    {
        DbProviderFactories.RegisterFactory(Invariant, SqliteFactory.Instance);
        using var script = new StreamReader(typeof(AdoNetTests).Assembly.GetManifestResourceStream(
            typeof(AdoNetTests).Assembly.GetManifestResourceNames().Single(name => name.EndsWith("Sqlite-Persistence.sql", StringComparison.Ordinal)))!);
        Execute(await script.ReadToEndAsync());
        return await HostedStores.StartAsync(Configure);
    }

    private void Configure(ISiloBuilder silo) => silo.AddAdoNetGrainStorage(LockGrainOptions.DefaultStorageName, options =>
    {
        options.Invariant = Invariant;
        options.ConnectionString = ConnectionString;
        options.GrainStorageSerializer = new StoredBytesSerializer();
    });

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection(ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Written in this assembly.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
