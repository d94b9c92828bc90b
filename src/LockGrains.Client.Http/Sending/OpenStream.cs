namespace LockGrains;

/// <summary>A stream that is open.</summary>
/// <param name="Response">What it belongs to.</param>
/// <param name="Body">What is read.</param>
/// <param name="Loss">Fires when its server is lost.</param>
internal sealed record OpenStream(HttpResponseMessage Response, Stream Body, CancellationToken Loss) : IDisposable
{
    public void Dispose()
    {
        Body.Dispose();
        Response.Dispose();
    }
}
