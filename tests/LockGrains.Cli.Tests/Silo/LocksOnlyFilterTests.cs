using System.Net;
using System.Reflection;
using LockGrains.Silo.Clients;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Serialization.Invocation;

namespace LockGrains.Cli.Tests.Silo;

/// <summary>Whose calls reach what. LocksOnlyTests has it with a real silo.</summary>
public sealed class LocksOnlyFilterTests : IDisposable
{
    private static readonly GrainId Client = GrainId.Create("sys.client", "4711");
    private static readonly GrainId Lock = GrainId.Create("lockgrains.lock", "a");

    private readonly LocksOnlyFilter _filter = new(NullLogger<LocksOnlyFilter>.Instance);

    public void Dispose() => _filter.Dispose();

    /// <summary>Clients, and calls that come from nobody, are not believed to be silos.</summary>
    [Fact]
    public void IsClient_Sender_IsToldFromThoseOfSilos()
    {
        Assert.True(LocksOnlyFilter.IsClient(Client));
        Assert.True(LocksOnlyFilter.IsClient(source: null));
        Assert.False(LocksOnlyFilter.IsClient(GrainId.Create("sys.client", $"hosted-{SiloAddress.New(IPAddress.Loopback, 1, 1).ToParsableString()}")));
        Assert.False(LocksOnlyFilter.IsClient(Lock));
    }

    [Fact]
    public async Task Invoke_CallOfASilo_IsMadeWhateverItCalls()
    {
        Assert.True(await IsMadeAsync(typeof(IManagementGrain), Lock));
        Assert.True(await IsMadeAsync(Cancellation, Lock, Client));
    }

    [Fact]
    public async Task Invoke_CallOfAClient_IsMadeIfItIsForClients()
    {
        Assert.True(await IsMadeAsync(typeof(ILockGrain), Client));
        Assert.False(await IsMadeAsync(typeof(IManagementGrain), Client));
        Assert.False(await IsMadeAsync(typeof(ISessionGrain), Client));
    }

    /// <summary>A client may give up its own calls, and not those of others.</summary>
    [Fact]
    public async Task Invoke_ClientThatEndsACall_EndsItsOwnAlone()
    {
        Assert.True(await IsMadeAsync(Cancellation, Client, Client));
        Assert.False(await IsMadeAsync(Cancellation, Client, Lock));
        Assert.False(await IsMadeAsync(Cancellation, Client, GrainId.Create("sys.client", "4712")));
    }

    private static Type Cancellation => typeof(IClusterClient).Assembly.GetType("Orleans.Runtime.IGrainCallCancellationExtension", throwOnError: true)!;

    private async Task<bool> IsMadeAsync(Type called, GrainId sender, object? argument = null)
    {
        var isMade = false;
        var request = Answers.Make<IInvokable>(new() { ["GetInterfaceType"] = () => called, ["GetArgument"] = () => argument });
        var context = Answers.Make<IIncomingGrainCallContext>(new()
        {
            ["get_Request"] = () => request,
            ["get_SourceId"] = () => sender,
            ["get_InterfaceName"] = () => called.FullName,
            ["get_MethodName"] = () => "Call",
            ["Invoke"] = () =>
            {
                isMade = true;
                return Task.CompletedTask;
            },
        });
        var exception = await Record.ExceptionAsync(() => _filter.Invoke(context));

        Assert.Equal(isMade, exception is not UnauthorizedAccessException);
        return isMade;
    }

    /// <summary>An interface of which only a few members are asked. It is public because it cannot be sealed: .NET derives from it.</summary>
    public class Answers : DispatchProxy
    {
        private Dictionary<string, Func<object?>> _answers = [];

        public static T Make<T>(Dictionary<string, Func<object?>> answers)
            where T : class
        {
            var made = Create<T, Answers>();
            ((Answers)(object)made)._answers = answers;
            return made;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _answers[targetMethod!.Name]();
    }
}
