namespace LockGrains.AspNetCore.Tests.Harness;

/// <summary>One host for all tests that change nothing of it but locks of their own.</summary>
[CollectionDefinition(Name)]
public sealed class SharedHost : ICollectionFixture<SharedHost>, IAsyncLifetime
{
    public const string Name = "shared host";

    private ApiHost _host = null!;

    public ApiHost Host => _host;

    public ApiClient Api => _host.Api;

    public async Task InitializeAsync() => _host = await ApiHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();
}
