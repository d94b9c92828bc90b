namespace LockGrains;

/// <summary>What came of one handshake. .NET asks about a certificate without saying of which connection; the flow of the call does.</summary>
internal sealed class TlsHandshake
{
    private static readonly AsyncLocal<TlsHandshake?> Ambient = new();

    /// <summary>The one that this call belongs to.</summary>
    public static TlsHandshake? Current => Ambient.Value;

    /// <summary>Whether it is done, and both sides have accepted each other's certificate as far as they know.</summary>
    public bool IsDone { get; set; }

    /// <summary>Why the certificate of the other side is not accepted.</summary>
    public string? Problem { get; set; }

    /// <summary>Begins one, in the flow of the calling method.</summary>
    public static TlsHandshake Begin() => Ambient.Value = new TlsHandshake();
}
