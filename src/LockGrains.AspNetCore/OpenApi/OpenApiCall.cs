using LockGrains.AspNetCore.Replies;
using LockGrains.AspNetCore.Requests;

namespace LockGrains.AspNetCore.OpenApi;

/// <summary>The description of the API. It is a file of this assembly, and a test holds the API to it.</summary>
internal static class OpenApiCall
{
    private static readonly Lazy<byte[]> Document = new(Read);

    public static Task<Reply> GetAsync(ApiCall call)
    {
        call.Identify();
        QueryReader.ReadNothing(call.Context.Request);
        return Task.FromResult(Reply.OfJson(Document.Value));
    }

    private static byte[] Read()
    {
        using var stream = typeof(OpenApiCall).Assembly.GetManifestResourceStream("openapi.json")!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
