using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace LockGrains.AspNetCore.Replies;

/// <summary>A status with a body. There is always one.</summary>
internal sealed class Reply
{
    /// <summary>The header that says which store the locks are in (<see cref="LockGrains.Core.StoreIdentity"/>).</summary>
    public const string StoreHeader = "LockGrains-Store";

    // The text is JSON and nothing else: no page is made of it.
    private static readonly ReplyText Replies = new(new JsonSerializerOptions(ReplyText.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    private static readonly ProblemText Problems = new(new JsonSerializerOptions(ProblemText.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private readonly int _status;
    private readonly byte[] _body;
    private readonly string _contentType;
    private readonly int? _retryAfter;
    private readonly string? _allow;

    private Reply(int status, byte[] body, string contentType, int? retryAfter = null, string? allow = null) =>
        (_status, _body, _contentType, _retryAfter, _allow) = (status, body, contentType, retryAfter, allow);

    /// <summary>A reply of a shape.</summary>
    public static Reply Of<T>(T body, Func<ReplyText, JsonTypeInfo<T>> shape, int status = StatusCodes.Status200OK, int? retryAfter = null) =>
        new(status, ToBytes(body, shape), "application/json", retryAfter);

    /// <summary>A problem.</summary>
    /// <param name="problem">Which.</param>
    /// <param name="allow">The methods that there are; null where the method is right.</param>
    public static Reply Of(ProblemJson problem, string? allow = null) => new(
        problem.Status,
        JsonSerializer.SerializeToUtf8Bytes(problem with { TraceId = Activity.Current?.TraceId.ToHexString() }, Problems.ProblemJson),
        "application/problem+json",
        Problem.RetryAfterOf(problem.Code),
        allow);

    /// <summary>A body that is JSON already.</summary>
    public static Reply OfJson(byte[] json) => new(StatusCodes.Status200OK, json, "application/json");

    /// <summary>JSON of a shape, in one line.</summary>
    public static byte[] ToBytes<T>(T body, Func<ReplyText, JsonTypeInfo<T>> shape) => JsonSerializer.SerializeToUtf8Bytes(body, shape(Replies));

    /// <summary>Sends it.</summary>
    /// <param name="response">Where to.</param>
    /// <param name="isStopping">Whether this host is about to end: then the client is to open its next connection elsewhere.</param>
    public async Task WriteAsync(HttpResponse response, bool isStopping)
    {
        response.StatusCode = _status;
        response.ContentType = _contentType;
        response.ContentLength = _body.Length;
        var headers = response.Headers;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        if (_retryAfter is { } seconds)
            headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (_allow is not null)
            headers.Allow = _allow;
        if (isStopping && HttpProtocol.IsHttp11(response.HttpContext.Request.Protocol))
            headers[HeaderNames.Connection] = "close";
        if (!HttpMethods.IsHead(response.HttpContext.Request.Method))
            await response.Body.WriteAsync(_body, response.HttpContext.RequestAborted);
    }
}
