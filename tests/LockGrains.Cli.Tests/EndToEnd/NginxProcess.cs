using System.Globalization;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>An nginx of the test's own before some servers. Of its settings for proxies all are as they come.</summary>
internal sealed class NginxProcess : IDisposable
{
    private readonly TempFolder _folder;
    private readonly TestProcess _process;

    private NginxProcess(TempFolder folder, TestProcess process, int port) => (_folder, _process, Address) = (folder, process, new Uri($"http://127.0.0.1:{port}"));

    public Uri Address { get; }

    /// <summary>Starts it; it takes the servers in turn, as it does by default.</summary>
    public static NginxProcess Start(params IEnumerable<int> serverPorts)
    {
        var (folder, port) = (new TempFolder(), FreePort.Find());
        var servers = string.Join(' ', serverPorts.Select(server => string.Create(CultureInfo.InvariantCulture, $"server 127.0.0.1:{server};")));

        // One process: it ends by its id, and needs no user of its own for the folders.
        File.WriteAllText(folder.File("nginx.conf"), $$"""
            daemon off;
            master_process off;
            pid nginx.pid;
            error_log stderr notice;
            events { }
            http {
                access_log off;
                client_body_temp_path client;
                proxy_temp_path proxy;
                fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi;
                scgi_temp_path scgi;
                upstream silos { {{servers}} }
                server {
                    listen 127.0.0.1:{{port}};
                    location / { proxy_pass http://silos; }
                }
            }

            """);
        return new NginxProcess(folder, TestProcess.Start("nginx", RequiresFactAttribute.Find("nginx") ?? "nginx", ["-p", folder.Path, "-c", folder.File("nginx.conf"), "-e", "stderr"]), port);
    }

    public Task WhenReadyAsync() => _process.WhenLineAsync(" OS: ");

    public void Dispose()
    {
        _process.Dispose();
        _folder.Dispose();
    }
}
