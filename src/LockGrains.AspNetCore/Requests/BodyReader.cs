using System.Buffers;
using System.Text.Json;
using LockGrains.AspNetCore.Replies;
using Microsoft.AspNetCore.Http;

namespace LockGrains.AspNetCore.Requests;

/// <summary>Reads the body of a request: JSON, one object, and not too large.</summary>
internal static class BodyReader
{
    /// <summary>The most bytes of a body: 16 KiB.</summary>
    public const int BytesMax = 16 * 1024;

    /// <summary>The most bytes of a body that names many leases, each with its key: 256 KiB.</summary>
    public const int BatchBytesMax = 256 * 1024;

    // The deepest that a request goes is a member of an item of a list.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>Reads it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="bytesMax">The most bytes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ProblemException">It is no JSON, or too large.</exception>
    public static async Task<JsonBody> ReadAsync(HttpRequest request, int bytesMax, CancellationToken cancellationToken)
    {
        if (!request.HasJsonContentType())
            throw new ProblemException(Problem.NotJson.With("Send the header Content-Type: application/json."));
        if (request.ContentLength > bytesMax)
            throw TooLarge(bytesMax);
        var reader = request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            if (result.Buffer.Length > bytesMax)
            {
                reader.AdvanceTo(result.Buffer.End);
                throw TooLarge(bytesMax);
            }

            if (!result.IsCompleted)
            {
                reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                continue;
            }

            // A copy: the document outlives the buffer.
            var bytes = result.Buffer.ToArray();
            reader.AdvanceTo(result.Buffer.End);
            return JsonBody.AsObject(Parse(bytes));
        }
    }

    private static JsonElement Parse(byte[] bytes)
    {
        try
        {
            // Not a document over pooled memory: nobody is there to give it back when the call ends in an exception.
            using var document = JsonDocument.Parse(bytes, Strict);
            return document.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            // Its message may repeat what it stumbled over.
            throw Problem.InvalidMember("body", $"The body is no JSON, or has a member twice: line {exception.LineNumber + 1 ?? 1}, byte {exception.BytePositionInLine + 1 ?? 1}.");
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            throw Problem.InvalidMember("body", "The body is not well-formed Unicode.");
        }
    }

    private static ProblemException TooLarge(int bytesMax) => new(Problem.TooLarge.With($"The body must have at most {bytesMax} bytes."));
}
