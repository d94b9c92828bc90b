using System.Diagnostics;
using System.Globalization;

namespace LockGrains.Chaos.Tests;

/// <summary>Several runs on one machine: each clears away what the dead left, and leaves alone what the living use.</summary>
// One at a time: the network of a run is named after its process.
[Collection("network")]
public sealed class NetTests
{
    [NamespacesFact]
    public async Task Create_ARunThatLives_KeepsItsNamespacesAndProcesses()
    {
        using var owner = Sleep();
        using var theirs = await LeaveAsync(owner.Id);
        try
        {
            await (await Net.CreateAsync(wantsNamespaces: true)).DisposeAsync();

            Assert.Contains(Name(owner.Id), await NamespacesAsync(), StringComparison.Ordinal);
            Assert.False(theirs.HasExited, "A process of a run that lives was killed.");

            await EndAsync(owner);
            await (await Net.CreateAsync(wantsNamespaces: true)).DisposeAsync();

            Assert.DoesNotContain(Name(owner.Id), await NamespacesAsync(), StringComparison.Ordinal);
            await theirs.WaitForExitAsync();
        }
        finally
        {
            await EndAsync(owner);
            await EndAsync(theirs);
            await Shell.TryAsync(["ip", "netns", "delete", Name(owner.Id)]);
        }
    }

    [NamespacesFact]
    public async Task Dispose_ANamespaceThatLivesOnWithoutItsName_LeavesNoLinkInTheWay()
    {
        var net = await Net.CreateAsync(wantsNamespaces: true);
        Assert.Null(net.Obstacle);
        var place = await net.JoinAsync("one");
        // What a socket that the kernel has yet to end does: the namespace stays, though its name goes.
        using var held = File.OpenHandle($"/run/netns/{place.Namespace}");
        await net.DisposeAsync();

        await using var next = await Net.CreateAsync(wantsNamespaces: true);

        Assert.Null(next.Obstacle);
        Assert.Equal(place.Namespace, (await next.JoinAsync("one")).Namespace);
    }

    [NamespacesFact]
    public async Task Create_ALinkThatOnlyTheDeadUsed_GoesToo()
    {
        using var owner = Sleep();
        var link = string.Create(CultureInfo.InvariantCulture, $"lgc{owner.Id}v2");
        await Shell.RunAsync(["ip", "link", "add", link, "type", "veth", "peer", "name", $"{link}x"]);
        try
        {
            await (await Net.CreateAsync(wantsNamespaces: true)).DisposeAsync();

            Assert.Contains(link, await LinksAsync(), StringComparison.Ordinal);

            await EndAsync(owner);
            await (await Net.CreateAsync(wantsNamespaces: true)).DisposeAsync();

            Assert.DoesNotContain(link, await LinksAsync(), StringComparison.Ordinal);
        }
        finally
        {
            await EndAsync(owner);
            await Shell.TryAsync(["ip", "link", "delete", link]);
        }
    }

    // As a run leaves them: a namespace that carries its process id, and a process in it.
    private static async Task<Process> LeaveAsync(int owner)
    {
        await Shell.RunAsync(["ip", "netns", "add", Name(owner)]);
        return Process.Start("ip", ["netns", "exec", Name(owner), "sleep", "600"]);
    }

    private static string Name(int owner) => string.Create(CultureInfo.InvariantCulture, $"lgc{owner}n2");

    private static Process Sleep() => Process.Start("sleep", ["600"]);

    private static Task<string> NamespacesAsync() => Shell.ReadAsync("ip", "netns", "list");

    private static Task<string> LinksAsync() => Shell.ReadAsync("ip", "-br", "link");

    private static async Task EndAsync(Process process)
    {
        process.Kill();
        await process.WaitForExitAsync();
    }
}
