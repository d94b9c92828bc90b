using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LockGrains.Client.Tests.Leading;

/// <summary>What is wrong is refused where it is registered, or at the start of the host; never at the first election.</summary>
public sealed class ElectedRegistrationTests
{
    private readonly ServiceCollection _services = new();

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("two\nlines")]
    public void Add_NoKey_IsRefused(string key) =>
        Assert.Throws<ArgumentException>(nameof(key), () => _services.AddElectedHostedService<ScriptedWorker>(key));

    [Fact]
    public void Add_TooLongAKey_IsRefusedWithItsLength()
    {
        var exception = Assert.Throws<ArgumentException>("key", () => _services.AddElectedHostedService<ScriptedWorker>(new string('k', 513)));
        Assert.Contains("1 to 512 bytes in UTF-8; this one has 513", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Add_NullArguments_AreRefused()
    {
        Assert.Throws<ArgumentNullException>("services", () => ElectedServiceCollectionExtensions.AddElectedHostedService<ScriptedWorker>(null!, "k"));
        Assert.Throws<ArgumentNullException>("key", () => _services.AddElectedHostedService<ScriptedWorker>(null!));
        Assert.Throws<ArgumentNullException>("builder", () => LeadersHealthCheckExtensions.AddLockGrainsLeaders(null!));
    }

    [Fact]
    public void Add_AnAbstractWorker_IsRefusedUnlessItIsSaidHowItIsMade()
    {
        var exception = Assert.Throws<ArgumentException>(() => _services.AddElectedHostedService<BackgroundService>("k"));
        Assert.Contains("BackgroundService is abstract", exception.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _services.AddElectedHostedService<IHostedService>("k"));

        _services.AddScoped<BackgroundService, ScriptedWorker>();
        _services.AddElectedHostedService<BackgroundService>("k");
        Assert.Single(_services, static service => service.ServiceType == typeof(IHostedService));
    }

    [Fact]
    public void Add_TheSameTwice_IsOneServiceWithTheSettingsOfBoth()
    {
        _services.AddElectedHostedService<ScriptedWorker>("k", static options => options.Pause = TimeSpan.FromSeconds(7));
        _services.AddElectedHostedService<ScriptedWorker>("k", static options => options.WarnAfter = TimeSpan.FromSeconds(9));
        using var provider = _services.BuildServiceProvider();

        Assert.Single(_services, static service => service.ServiceType == typeof(IHostedService));
        Assert.Equal(2, _services.Count(static service => service.ServiceType == typeof(IElectedService)));
        var options = provider.GetRequiredService<IOptionsMonitor<ElectedServiceOptions>>().Get($"{typeof(ScriptedWorker)} for 'k'");
        Assert.Equal((TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(9)), (options.Pause, options.WarnAfter));
    }

    [Fact]
    public void Add_TwoKeys_AreTwoServices()
    {
        _services.AddElectedHostedService<ScriptedWorker>("k").AddElectedHostedService<ScriptedWorker>("l");

        Assert.Equal(2, _services.Count(static service => service.ServiceType == typeof(IHostedService)));
    }

    public static TheoryData<string, Action<ElectedServiceOptions>> Wrong() => new()
    {
        { "Pause is 0; it must be from 100ms to 30d.", static options => options.Pause = TimeSpan.Zero },
        { "Pause is -1s; it must be from 100ms to 30d.", static options => options.Pause = TimeSpan.FromSeconds(-1) },
        { "WarnAfter is 2h; it must be from 100ms to 1h.", static options => options.WarnAfter = TimeSpan.FromHours(2) },
        { "ExceptionBehavior is 7; it must be StopHost, Ignore or null.", static options => options.ExceptionBehavior = (BackgroundServiceExceptionBehavior)7 },
        { "Acquire: it is null.", static options => options.Acquire = null! },
        { "Acquire: Mode is Shared; it must be Exclusive", static options => options.Acquire = new AcquireOptions { Mode = LockMode.Shared } },
        { "Acquire: Lease", static options => options.Acquire = new AcquireOptions { Lease = TimeSpan.Zero } },
        { "Acquire: TimeToStop", static options => options.Acquire = new AcquireOptions { TimeToStop = TimeSpan.FromHours(1) } },
        { "Acquire: KeepFor must be null", static options => options.Acquire = new AcquireOptions { Value = LockValue.OfText("v", TimeSpan.FromDays(1)) } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Add_WrongOption_FailsAtTheStart_AndNamesTheService(string problem, Action<ElectedServiceOptions> configure)
    {
        _services.AddElectedHostedService<ScriptedWorker>("k", configure);
        using var provider = _services.BuildServiceProvider();

        var exception = Assert.Throws<OptionsValidationException>(provider.GetRequiredService<IStartupValidator>().Validate);
        Assert.Contains($"ElectedServiceOptions of {typeof(ScriptedWorker)} for 'k': {problem}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Context_OutsideOfALeadership_SaysSo()
    {
        _services.AddElectedHostedService<ScriptedWorker>("k");
        using var provider = _services.BuildServiceProvider();
        using var scope = provider.CreateScope();

        var context = scope.ServiceProvider.GetRequiredService<LeadershipContext>();
        Assert.Contains("no leadership here", Assert.Throws<InvalidOperationException>(() => context.Leadership).Message, StringComparison.Ordinal);
    }
}
