using System.IO.Pipelines;
using Orleans.Configuration;

namespace LockGrains.Silo.Clients;

/// <summary>Puts the rule into effect that clients reach locks and nothing else: where their messages arrive, and where their calls are made.</summary>
internal static class LocksOnlySetup
{
    public static void AddLocksOnly(this ISiloBuilder silo, string clusterId)
    {
        silo.AddIncomingGrainCallFilter<LocksOnlyFilter>();
        silo.Services.AddSingleton<ClosedClients>();

        // Inside of TLS, which is added before.
        silo.Services.AddOptions<SiloConnectionOptions>().Configure<ClosedClients, ILocalSiloDetails>((connections, closed, self) =>
            connections.ConfigureGatewayInboundConnection(builder => builder.Use(next => context =>
            {
                var messages = new ClientMessages(context.Transport.Input, clusterId, self.GatewayAddress.Endpoint, closed.Tell);
                context.Transport = new CheckedTransport(messages, context.Transport.Output);
                return next(context);
            })));
    }

    private sealed record CheckedTransport(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>Tells of connections that were closed, one line each 10 s.</summary>
    private sealed class ClosedClients(ILogger<ClientMessages> logger) : IDisposable
    {
        private readonly OutageLog<string> _closed = new(TimeProvider.System, (problem, more) => logger.LogClientClosed(problem, more));

        public void Tell(string problem) => _closed.Fails(problem);

        public void Dispose() => _closed.Dispose();
    }
}
