using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using LockGrains.TestKit;
using Microsoft.Extensions.Logging;
using Orleans.TestingHost;

namespace LockGrains.Cluster.Tests;

/// <summary>When another silo is declared dead because its port is refused, and when it is not.</summary>
public sealed class CrashWatchTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly FakeMembership _membership = new();
    private readonly Dictionary<int, Queue<PortAnswer>> _answers = [];
    private readonly LogCollector _logs = new();
    private readonly ILoggerFactory _factory;
    private readonly CrashWatch _watch;

    public CrashWatchTests()
    {
        _membership.Set(Silo(1), SiloStatus.Active);
        _factory = LoggerFactory.Create(logging => logging.AddProvider(_logs));
        _watch = new CrashWatch(
            _membership, new LocalSilo(Silo(1)), (endpoint, _) => Task.FromResult(Answer(endpoint.Port)), _time, _factory.CreateLogger<CrashWatch>());
    }

    public void Dispose() => _factory.Dispose();

    [Fact]
    public async Task Look_OneIsRefusedEachTime_IsDeclaredDead()
    {
        Join(2, PortAnswer.Refused);
        Join(3, PortAnswer.Accepted);
        await LookAsync();

        Assert.Equal([Silo(2)], _membership.Killed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Look_OnceNotRefused_IsLeftToTheProbes(bool isAccepted)
    {
        var last = isAccepted ? PortAnswer.Accepted : PortAnswer.Silent;
        Join(2, [.. Enumerable.Repeat(PortAnswer.Refused, CrashWatch.Knocks - 1), last]);
        Join(3, PortAnswer.Accepted);
        await LookAsync();

        Assert.Empty(_membership.Killed);
    }

    [Fact]
    public async Task Look_AllOfSeveralAreRefused_DeclaresNobody()
    {
        // More likely this machine refuses to let anything out.
        Join(2, PortAnswer.Refused);
        Join(3, PortAnswer.Refused);
        await LookAsync();

        Assert.Empty(_membership.Killed);
    }

    [Fact]
    public async Task Look_TheOnlyOtherIsRefused_IsDeclaredDead()
    {
        Join(2, PortAnswer.Refused);
        await LookAsync();

        Assert.Equal([Silo(2)], _membership.Killed);
    }

    [Fact]
    public async Task Look_MembershipCannotBeWritten_GoesOnAndLooksAgain()
    {
        Join(2, PortAnswer.Refused);
        _membership.Trouble = new IOException("no storage");
        await LookAsync();
        Assert.Empty(_membership.Killed);

        _membership.Trouble = null;
        await LookAsync();

        Assert.Equal([Silo(2)], _membership.Killed);
    }

    [Fact]
    public async Task Look_MembershipCannotBeWrittenForLong_IsAFewLines()
    {
        Join(2, PortAnswer.Refused);
        _membership.Trouble = new IOException("no storage");
        for (var look = 0; look < 50; look++)
            await LookAsync();

        // Fifty looks of 0.4 s are two periods.
        Assert.Equal(["SiloCrashed", "SiloNotDeclared", "SiloNotDeclared"], _logs.Entries.Select(entry => entry.Event).Take(3));
        Assert.InRange(_logs.Entries.Count, 3, 4);
        Assert.All(_logs.Entries, entry => Assert.Null(entry.Exception));
    }

    [Theory]
    [InlineData(SiloStatus.Joining)]
    [InlineData(SiloStatus.ShuttingDown)]
    [InlineData(SiloStatus.Dead)]
    public async Task Look_NotActive_IsNotAsked(SiloStatus status)
    {
        _membership.Set(Silo(2), status);
        Join(3, PortAnswer.Accepted);
        await LookAsync();

        Assert.Empty(_membership.Killed);
    }

    [Fact]
    public async Task Look_LeavesMeanwhile_IsNotDeclaredDead()
    {
        Join(2, PortAnswer.Refused);
        Join(3, PortAnswer.Accepted);
        await LookAsync(beforeTheLast: () => _membership.Set(Silo(2), SiloStatus.ShuttingDown));

        Assert.Empty(_membership.Killed);
    }

    [Fact]
    public async Task Hint_OfARealSilo_IsPublished()
    {
        var builder = new InProcessTestClusterBuilder(initialSilosCount: 1);
        await using var cluster = builder.Build();
        await cluster.DeployAsync();
        var found = 0;
        using var listener = new MeterListener { InstrumentPublished = (instrument, _) => found += CrashWatch.CountsFailedProbes(instrument) ? 1 : 0 };
        listener.Start();

        Assert.NotEqual(0, found);
    }

    [Fact]
    public async Task Knock_RealPorts_AcceptedAndThenRefused()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var endpoint = (IPEndPoint)listener.LocalEndpoint;

        // On a busy machine a knock may be over before it is heard: then the next one tells.
        Assert.Equal(PortAnswer.Accepted, await AskAsync());
        listener.Stop();

        Assert.Equal(PortAnswer.Refused, await AskAsync());

        Task<PortAnswer> AskAsync() => Eventually.BecomesAsync(
            () => PortKnock.AskAsync(endpoint, CancellationToken.None), answer => answer != PortAnswer.Silent, "answer of the port");
    }

    private static SiloAddress Silo(int port) => SiloAddress.New(new IPEndPoint(IPAddress.Loopback, port), 1);

    private async Task LookAsync(Action? beforeTheLast = null)
    {
        var look = _watch.LookAsync(CancellationToken.None);
        for (var count = 1; count <= CrashWatch.Knocks; count++)
        {
            // It ends early when nobody is left to ask.
            if (await Task.WhenAny(look, _time.WhenTimerDueInAsync(CrashWatch.KnockDelay)) == look)
                break;
            if (count == CrashWatch.Knocks)
                beforeTheLast?.Invoke();
            _time.Advance(CrashWatch.KnockDelay);
        }

        await look;
    }

    private void Join(int port, params PortAnswer[] answers)
    {
        _membership.Set(Silo(port), SiloStatus.Active);
        _answers[port] = new Queue<PortAnswer>(answers);
    }

    /// <summary>The answers of a port in turn; the last one for ever.</summary>
    private PortAnswer Answer(int port) => _answers[port] is { Count: > 1 } left ? left.Dequeue() : _answers[port].Peek();

    private sealed class FakeMembership : IClusterMembershipService
    {
        private readonly Dictionary<SiloAddress, ClusterMember> _members = [];

        public ConcurrentQueue<SiloAddress> Killed { get; } = [];

        public Exception? Trouble { get; set; }

        public ClusterMembershipSnapshot CurrentSnapshot => new(_members.ToImmutableDictionary(), new MembershipVersion(1));

        public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => throw new NotSupportedException();

        public void Set(SiloAddress silo, SiloStatus status) => _members[silo] = new ClusterMember(silo, status, "silo");

        public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default) => default;

        public Task<bool> TryKill(SiloAddress siloAddress)
        {
            if (Trouble is not null)
                return Task.FromException<bool>(Trouble);
            Killed.Enqueue(siloAddress);
            return Task.FromResult(true);
        }
    }

    private sealed class LocalSilo(SiloAddress address) : ILocalSiloDetails
    {
        public string Name => "local";

        public string ClusterId => "cluster";

        public string DnsHostName => "localhost";

        public SiloAddress SiloAddress => address;

        public SiloAddress GatewayAddress => address;
    }
}
