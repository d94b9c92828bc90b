using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace LockGrains.Samples.Tests.Http;

/// <summary>The ready-made silo with its locks in a file, on the same ports however often it starts.</summary>
internal sealed class HttpSilo : IDisposable
{
    private const int SigKill = 9;

    private readonly TempFolder _folder = new();
    private readonly HttpClient _http = new() { Timeout = TestProcess.Guard };
    private readonly string[] _args;
    private TestProcess _process;

    private HttpSilo()
    {
        var port = FreePort.Find();
        Address = new Uri($"http://127.0.0.1:{Text(port)}");
        _args =
        [
            "--data", _folder.File("locks.db"), "--silo-port", Text(FreePort.Find()), "--gateway-port", Text(FreePort.Find()), "--http-port", Text(port),

            // Said, it counts in a container, too.
            "--LockGrains:Access:Anonymous", "local",

            // A machine that is busy with other tests may keep a holder from its first renewal for longer than the default.
            "--LockGrains:Locks:FirstLease", "00:00:08",
        ];
        _process = Start();
    }

    public Uri Address { get; }

    /// <summary>The access key that may do everything.</summary>
    public string OperatorKey => File.ReadAllText(_folder.File("locks.db.operator-key")).Trim();

    public static async Task<HttpSilo> StartAsync()
    {
        var silo = new HttpSilo();
        await silo.WhenReadyAsync();
        return silo;
    }

    /// <summary>Stops the process in its tracks: connections stay, replies do not come.</summary>
    public void Pause() => _process.Signal(Signals.Stop);

    /// <summary>Kills it and starts it again, on what it had stored.</summary>
    public async Task RestartAsync()
    {
        _process.Signal(SigKill);
        await _process.WhenExitedAsync();
        _process.Dispose();
        _process = Start();
        await WhenReadyAsync();
    }

    /// <summary>What the lock shows.</summary>
    public async Task<JsonElement> GetLockAsync(string key) =>
        await _http.GetFromJsonAsync<JsonElement>(new Uri(Address, $"/v1/lock?key={Uri.EscapeDataString(key)}"));

    /// <summary>Completes when so many wait for a lock.</summary>
    public Task WhenWaitingAsync(string key, int count) => Eventually.BecomesAsync(
        async () => (await GetLockAsync(key)).GetProperty("queueLength").GetInt32(), waiting => waiting == count, $"{count} waiting for {key}");

    /// <summary>Completes when the holder has renewed its first lease, which is short; returns its fencing token.</summary>
    public async Task<long> WhenRenewedAsync(string key) => (await Eventually.BecomesAsync(
        async () => (await GetLockAsync(key)).GetProperty("holder"),
        holder => holder.ValueKind == JsonValueKind.Object && holder.GetProperty("expiresInSeconds").GetDouble() > 8.5,
        $"renewal of {key}")).GetProperty("fencingToken").GetInt64();

    /// <summary>Takes the lock from whoever holds it.</summary>
    public async Task RevokeAsync(string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Address, "/v1/revoke"))
        {
            Content = JsonContent.Create(new { key, fencingToken = 0, force = true }),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", OperatorKey);
        using var response = await _http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    public void Dispose()
    {
        _process.Dispose();
        _http.Dispose();
        _folder.Dispose();
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);

    private TestProcess Start() => TestProcess.Start("silo", "dotnet", [Build.AssemblyOf("silo", "LockGrains.Silo"), .. _args]);

    private async Task WhenReadyAsync()
    {
        await _process.WhenLineAsync("HTTP API on ");
        await _process.WhenLineAsync("LockGrains silo ready");
    }
}
