using System.Security.Cryptography;

namespace LockGrains.AspNetCore.Ui;

/// <summary>One file of the page. It is the same for everybody, and has nothing of any lock.</summary>
internal sealed class UiFile
{
    private UiFile(string name, string contentType, byte[] bytes)
    {
        (Name, ContentType, Bytes) = (name, contentType, bytes);
        ETag = $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes)[..16])}\"";
    }

    /// <summary>Its name, as in <c>main.js</c>.</summary>
    public string Name { get; }

    public string ContentType { get; }

    public byte[] Bytes { get; }

    /// <summary>What changes whenever the file does.</summary>
    public string ETag { get; }

    /// <summary>Reads a file of this assembly.</summary>
    public static UiFile Read(string name)
    {
        using var stream = typeof(UiFile).Assembly.GetManifestResourceStream($"ui/{name}")
            ?? throw new InvalidOperationException($"The page has no file {name}.");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return new UiFile(name, TypeOf(name), bytes.ToArray());
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => throw new InvalidOperationException($"The page has a file {name} of no known type."),
    };
}
