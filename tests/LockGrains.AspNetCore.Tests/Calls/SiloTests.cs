using System.Net;
using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Calls;
using LockGrains.AspNetCore.Tests.Harness;

namespace LockGrains.AspNetCore.Tests.Calls;

/// <summary>What serves here: its silos, and what the locks are kept in.</summary>
[Collection(SharedHost.Name)]
public sealed class SiloTests(SharedHost shared)
{
    [Fact]
    public async Task Silos_OfOneByItself_AreThatOneAndItIsActive()
    {
        var silo = Assert.Single((await shared.Api.GetAsync("/v1/silos")).Expect(HttpStatusCode.OK).Body.GetProperty("silos").EnumerateArray());

        Assert.Equal("active", silo.GetProperty("status").GetString());
        Assert.StartsWith("127.0.0.1:", silo.GetProperty("address").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(silo.GetProperty("name").GetString()!);
    }

    [Fact]
    public void Silos_OfACluster_AreInOrder_WithoutTheDead()
    {
        var hosts = Enum.GetValues<SiloStatus>().Select(status => new MembershipEntry
        {
            SiloAddress = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 19 - (int)status), 1),
            SiloName = $"{status}",
            Status = status,
        });

        Assert.Equal(
            [
                ("Stopping", "127.0.0.1:14", "stopping"), ("ShuttingDown", "127.0.0.1:15", "stopping"), ("Active", "127.0.0.1:16", "active"),
                ("Joining", "127.0.0.1:17", "joining"), ("Created", "127.0.0.1:18", "joining"),
            ],
            SiloCall.Find(hosts).Select(silo => (silo.Name, silo.Address, silo.Status)));
    }

    [Fact]
    public async Task Silos_ForWhoMayReadNothing_AreForbidden()
    {
        await using var host = await ApiHost.StartAsync(LostLocks.Throwing());
        host.Access.Rule = static (verb, _) => verb == AccessVerb.Read ? AccessOutcome.Forbidden : AccessOutcome.Allowed;

        (await host.Api.GetAsync("/v1/silos")).ExpectProblem(HttpStatusCode.Forbidden, "forbidden");
    }

    [Fact]
    public async Task About_OfAMemorySilo_SaysThatItIsNotDurable()
    {
        var storage = (await shared.Api.GetAsync("/v1")).Expect(HttpStatusCode.OK).Body.GetProperty("storage");

        Assert.False(storage.GetProperty("durable").GetBoolean());
        Assert.Equal("memory", storage.GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("billing", "billing")]
    [InlineData(AccessCredential.Anonymous, null)]
    [InlineData("", null)]
    public async Task About_NamesTheAccessKeyInUse(string who, string? expected)
    {
        await using var host = await ApiHost.StartAsync(LostLocks.Throwing());
        host.Access.Who = who;

        Assert.Equal(expected, (await host.Api.GetAsync("/v1")).Expect(HttpStatusCode.OK).Body.GetProperty("accessKey").GetString());
    }

    [Fact]
    public async Task About_WithoutASiloInTheProcess_HasNoStorage()
    {
        await using var host = await ApiHost.StartAsync(LostLocks.Throwing());

        Assert.Equal(System.Text.Json.JsonValueKind.Null, (await host.Api.GetAsync("/v1")).Expect(HttpStatusCode.OK).Body.GetProperty("storage").ValueKind);
    }
}
