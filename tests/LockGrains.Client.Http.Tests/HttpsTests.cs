using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using LockGrains.Client.Http.Tests.Harness;

namespace LockGrains.Client.Http.Tests;

/// <summary>HTTPS to a real server: whom the client trusts, and how one says it.</summary>
public sealed class HttpsTests : IAsyncLifetime
{
    private static readonly Guid LeaseId = Guid.Parse("11111111-2222-3333-4444-555555555555");

    private readonly TestAuthority _authority = TestAuthority.Make();
    private X509Certificate2 _certificate = null!;
    private HttpsServer _server = null!;

    public async Task InitializeAsync()
    {
        _certificate = _authority.Issue("127.0.0.1");
        _server = await HttpsServer.StartAsync(_certificate);
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _certificate.Dispose();
        _authority.Dispose();
    }

    [Fact]
    public async Task Call_ServerOfATrustedAuthority_IsMade()
    {
        var reply = await RenewAsync(options => options.TrustedAuthorities = [_authority.Certificate]);

        Assert.Equal(RenewStatus.Renewed, reply.Status);
        Assert.Equal(("HTTP/2", "Bearer secret-key"), Assert.Single(_server.Requests));
    }

    [Fact]
    public async Task Call_ServerOfAnAuthorityThatIsNotTrusted_IsNotSent()
    {
        using var other = TestAuthority.Make();

        Assert.Equal(RenewStatus.Unknown, (await RenewAsync(static _ => { })).Status);
        Assert.Equal(RenewStatus.Unknown, (await RenewAsync(options => options.TrustedAuthorities = [other.Certificate])).Status);

        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task Call_ServerWithTheNameOfAnother_IsNotSent()
    {
        using var certificate = _authority.Issue("locks.example");
        await using var server = await HttpsServer.StartAsync(certificate);

        var reply = await RenewAsync(options => (options.Servers, options.TrustedAuthorities) = ([server.Address], [_authority.Certificate]));

        Assert.Equal(RenewStatus.Unknown, reply.Status);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Call_WithAHandlerThatTrustsTheServer_IsMade_AndTheHandlerIsLeftToItsOwner()
    {
        using var handler = new SocketsHttpHandler();
        var asked = 0;
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, errors) => Interlocked.Increment(ref asked) > 0 && errors == SslPolicyErrors.RemoteCertificateChainErrors;

        Assert.Equal(RenewStatus.Renewed, (await RenewAsync(options => options.Handler = handler)).Status);
        Assert.Equal(RenewStatus.Renewed, (await RenewAsync(options => options.Handler = handler)).Status);
        Assert.True(asked > 0, "The handler was not asked.");
    }

    [Fact]
    public void Connections_ThatAreOurs_AreNotKeptForEver_AndFollowNobody()
    {
        using var handler = Connections.Make(new HttpLockClientOptions { ConnectTimeout = TimeSpan.FromSeconds(3) });

        Assert.Equal((TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(3)), (handler.PooledConnectionLifetime, handler.ConnectTimeout));
        Assert.False(handler.AllowAutoRedirect || handler.UseProxy || handler.UseCookies);
    }

    private async Task<RenewReply> RenewAsync(Action<HttpLockClientOptions> configure)
    {
        var options = new HttpLockClientOptions { Servers = [_server.Address], AccessKey = "secret-key" };
        configure(options);
        using var transport = new HttpTransport(options);
        return await transport.GetLock("k").RenewAsync(LeaseId, CancellationToken.None);
    }
}
