using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using LockGrains.TestKit.FreePorts;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

/// <summary>
/// What the runtime calls before a program's own code when <c>DOTNET_STARTUP_HOOKS</c> names this assembly. It must have this name, and no
/// namespace. So a sample runs word for word as it is printed, beside others that have the same ports in their text.
/// </summary>
internal static class StartupHook
{
    private const string SiloPort = "LOCKGRAINS_TEST_SILO_PORT";
    private const string GatewayPort = "LOCKGRAINS_TEST_GATEWAY_PORT";

    public static void Initialize() => DiagnosticListener.AllListeners.Subscribe(new HostWatch(Move));

    private static void Move(IServiceCollection services)
    {
        var gateway = new IPEndPoint(IPAddress.Loopback, Read(GatewayPort));
        services.PostConfigure<StaticGatewayListProviderOptions>(options => options.Gateways = [gateway.ToGatewayUri()]);
        if (File.Exists(Path.Combine(AppContext.BaseDirectory, "Orleans.Runtime.dll")))
            MoveSilo(services, new IPEndPoint(IPAddress.Loopback, Read(SiloPort)), gateway);
    }

    // By itself: a program outside the cluster does not have what a silo is set with.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void MoveSilo(IServiceCollection services, IPEndPoint silo, IPEndPoint gateway)
    {
        services.PostConfigure<EndpointOptions>(options =>
            (options.AdvertisedIPAddress, options.SiloPort, options.GatewayPort) = (silo.Address, silo.Port, gateway.Port));
        services.PostConfigure<DevelopmentClusterMembershipOptions>(options => options.PrimarySiloEndpoint = silo);
    }

    private static int Read(string variable) => int.Parse(
        Environment.GetEnvironmentVariable(variable) ?? throw new InvalidOperationException($"{variable} is not set."), CultureInfo.InvariantCulture);
}
