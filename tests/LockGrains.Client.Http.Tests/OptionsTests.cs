using LockGrains.Client.Http.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LockGrains.Client.Http.Tests;

/// <summary>Settings are checked at the start, all at once; and a host has a client that ends with it.</summary>
public sealed class OptionsTests
{
    [Theory]
    [InlineData("https://a")]
    [InlineData("http://127.0.0.1:8080/")]
    [InlineData("https://[::1]:8080/behind/a/proxy")]
    public void Server_ThatIsOne_IsTaken(string server) => Assert.Empty(ProblemsOf(options => options.Servers = [server]));

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("a:8080")]
    [InlineData("ftp://a")]
    [InlineData("https://")]
    [InlineData("https://user:password@a")]
    [InlineData("https://a?x=1")]
    [InlineData("https://a?")]
    [InlineData("https://a#x")]
    public void Server_ThatIsNone_IsNamedByItsPlace_AndNotRepeated(string server)
    {
        var problem = Assert.Single(ProblemsOf(options => options.Servers = ["https://good", server]));

        Assert.StartsWith("HttpLockClientOptions.Servers[1] ", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("password", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Servers_NoneTooManyOrTwice_AreWrong()
    {
        Assert.Single(ProblemsOf(static options => options.Servers = []));
        Assert.Single(ProblemsOf(static options => options.Servers = [.. Enumerable.Range(0, 17).Select(static index => $"https://s{index}")]));
        Assert.Single(ProblemsOf(static options => options.Servers = ["https://a", "HTTPS://A/"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("with\nline")]
    [InlineData("ünicode")]
    public void AccessKey_ThatIsNone_IsNamed_AndNotRepeated(string key)
    {
        var problem = Assert.Single(ProblemsOf(options => options.AccessKey = key));

        Assert.StartsWith("HttpLockClientOptions.AccessKey ", problem, StringComparison.Ordinal);
        Assert.True(key.Length == 0 || !problem.Contains(key, StringComparison.Ordinal));
    }

    [Fact]
    public void Times_OutOfTheirRange_AreAllNamed() => Assert.Equal(3, ProblemsOf(static options =>
    {
        options.ConnectTimeout = TimeSpan.Zero;
        options.SilenceTimeout = TimeSpan.FromHours(1);
        options.CallTimeout = TimeSpan.Zero;
    }).Count);

    [Fact]
    public void TrustedAuthorities_NoneOrBesideAHandler_AreWrong()
    {
        using var handler = new FakeServers();
        using var authority = TestAuthority.Make();

        Assert.StartsWith("HttpLockClientOptions.TrustedAuthorities ", Assert.Single(ProblemsOf(static options => options.TrustedAuthorities = [])), StringComparison.Ordinal);
        Assert.StartsWith(
            "HttpLockClientOptions.TrustedAuthorities ",
            Assert.Single(ProblemsOf(options => (options.TrustedAuthorities, options.Handler) = ([authority.Certificate], handler))),
            StringComparison.Ordinal);
        Assert.Empty(ProblemsOf(options => options.TrustedAuthorities = [authority.Certificate]));
    }

    [Fact]
    public void Create_WrongSettings_Throws() => Assert.Throws<OptionsValidationException>(static () => LockClient.Create(new HttpLockClientOptions()));

    [Fact]
    public async Task Host_WrongSettings_DoesNotStart()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddLockGrainsHttpClient(static _ => { });
        using var host = builder.Build();

        await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
    }

    [Fact]
    public async Task Host_Stops_TellsWhoHoldsALock_AndRenewsNoMoreAfterIt()
    {
        using var servers = new FakeServers();
        servers.On("a", static sent => FakeServers.Json(sent.PathAndQuery switch
        {
            "/v1/acquire" => """{"outcome":"granted","key":"k","fencingToken":7,"validForSeconds":60,"leaseSeconds":60,"permitNumbers":[],"valueVersion":0}""",
            _ => """{"outcome":"released","key":"k"}""",
        }));
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddLockGrainsHttpClient(
            options =>
            {
                options.Servers = ["https://a"];
                options.Handler = servers;
            },
            static options => options.Lease = TimeSpan.FromMinutes(1));
        using var host = builder.Build();
        await host.StartAsync();
        var handle = await host.Services.GetRequiredService<ILockClient>().AcquireAsync("k");
        var told = new TaskCompletionSource();
        using var registration = handle.AtRiskToken.Register(told.SetResult);

        var stop = host.StopAsync();
        await told.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await handle.DisposeAsync();
        await stop;

        Assert.Contains(servers.Sent, static sent => sent.PathAndQuery == "/v1/release");
    }

    private static List<string> ProblemsOf(Action<HttpLockClientOptions> configure)
    {
        var options = new HttpLockClientOptions { Servers = ["https://a"] };
        configure(options);
        return [.. new HttpLockClientOptionsValidator().Validate(null, options).Failures ?? []];
    }
}
