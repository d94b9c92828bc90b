using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Orleans.Connections.Security;

namespace LockGrains;

/// <summary>Puts mutual TLS around Orleans' connections. Each handshake goes by the files as they are then; a connection that is open stays.</summary>
internal sealed class TlsLink : IDisposable
{
    private const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;

    private static readonly TimeSpan HandshakeMax = TimeSpan.FromSeconds(10);

    private readonly LockGrainsTlsOptions _options;
    private readonly WatchedFiles<TlsMaterial> _files;
    private readonly TlsWatch _watch;

    /// <summary>Reads the files.</summary>
    /// <param name="options">The settings, in which <see cref="LockGrainsTlsOptions.FindProblems"/> finds nothing.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where refused connections are told.</param>
    /// <exception cref="OrleansConfigurationException">The files cannot be used.</exception>
    public TlsLink(LockGrainsTlsOptions options, TimeProvider time, ILogger logger)
    {
        _options = options;
        var rule = options.IsSilo ? CertificateRule.Silo(options.SiloName) : CertificateRule.Client;
        try
        {
            _files = new WatchedFiles<TlsMaterial>(
                [options.Certificate, options.CertificateKey, options.Authority], texts => TlsMaterial.Make(texts, rule), time);
        }
        catch (Exception exception) when (WatchedFiles<TlsMaterial>.IsUnusable(exception))
        {
            throw new OrleansConfigurationException(
                $"The TLS files '{options.Certificate}', '{options.CertificateKey}' and '{options.Authority}' cannot be used: {exception.Message}", exception);
        }

        _watch = new TlsWatch(HandshakeMax, time, logger);
        _files.Failed += problem => TlsLog.NotReloaded(logger, options.Certificate, problem);
        _files.Changed += material => Tell(logger, material);
        Tell(logger, _files.Get());
    }

    /// <summary>At the port between silos: whoever comes must be one. Whatever comes there is believed to be a silo's.</summary>
    public void AcceptSilos(IConnectionBuilder builder) => Accept(builder, CertificateRule.Silo(_options.SiloName));

    /// <summary>At the gateway.</summary>
    public void AcceptClients(IConnectionBuilder builder) => Accept(builder, CertificateRule.Client);

    /// <summary>To a silo, or to its gateway.</summary>
    public void Connect(IConnectionBuilder builder)
    {
        var rule = CertificateRule.Gateway(_options.SiloName);
        var tls = MakeOptions(rule);
        tls.OnAuthenticateAsClient = (_, options) => Present((SslClientAuthenticationOptions)options.SslClientAuthenticationOptions, rule);
        builder.Use(next => context => _watch.ConnectAsync(context, next));
        builder.UseClientTls(tls);
        builder.Use(NoteDone);
    }

    public void Dispose() => _watch.Dispose();

    private void Accept(IConnectionBuilder builder, CertificateRule rule)
    {
        var tls = MakeOptions(rule);

        // It asks for one; what is presented is said below, with those that sign it.
        tls.LocalServerCertificateSelector = (_, _) => _files.Get().Own.TargetCertificate;
        tls.OnAuthenticateAsServer = (_, options) => Present((SslServerAuthenticationOptions)options.SslServerAuthenticationOptions, rule);
        builder.Use(next => context => _watch.AcceptAsync(context, next));
        builder.UseServerTls(tls);
        builder.Use(NoteDone);
    }

    private static TlsOptions MakeOptions(CertificateRule rule) => new()
    {
        RemoteCertificateMode = RemoteCertificateMode.RequireCertificate,
        SslProtocols = Protocols,
        HandshakeTimeout = HandshakeMax,
        RemoteCertificateValidation = (certificate, chain, errors) =>
        {
            var problem = rule.FindProblem(certificate, chain, errors);
            if (TlsHandshake.Current is { } handshake)
                handshake.Problem = problem;
            return problem is null;
        },
    };

    // A session that is resumed was checked when it began: each connection is checked by itself.
    private void Present(SslServerAuthenticationOptions options, CertificateRule rule)
    {
        var material = _files.Get();
        options.ServerCertificateSelectionCallback = null;
        options.ServerCertificate = null;
        options.ServerCertificateContext = material.Own;
        options.CertificateChainPolicy = material.MakePolicy(rule);
        options.AllowTlsResume = false;
    }

    private void Present(SslClientAuthenticationOptions options, CertificateRule rule)
    {
        var material = _files.Get();
        options.TargetHost = _options.SiloName;
        options.ClientCertificateContext = material.Own;
        options.CertificateChainPolicy = material.MakePolicy(rule);
        options.AllowTlsResume = false;
    }

    private static ConnectionDelegate NoteDone(ConnectionDelegate next) => context =>
    {
        if (TlsHandshake.Current is { } handshake)
            handshake.IsDone = true;
        return next(context);
    };

    private static void Tell(ILogger logger, TlsMaterial material) =>
        TlsLog.Presented(logger, material.Own.TargetCertificate.Subject, material.Own.TargetCertificate.NotAfter.ToUniversalTime());
}
