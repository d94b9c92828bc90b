using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace LockGrains.Cli.Tests.Telemetry;

/// <summary>What <c>/metrics</c> says, in the text format of Prometheus.</summary>
internal sealed class MetricsPage
{
    private MetricsPage(string text)
    {
        Text = text;
        Series = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#').ToDictionary(SeriesOf, ValueOf);
        Names = Series.Keys.Select(series => series.Split('{')[0]).ToHashSet(StringComparer.Ordinal);
    }

    public string Text { get; }

    /// <summary>The value of each series, by its name with its labels.</summary>
    public IReadOnlyDictionary<string, double> Series { get; }

    public IReadOnlySet<string> Names { get; }

    /// <summary>All of a silo's, with an access key or without.</summary>
    public static async Task<MetricsPage> ReadAsync(HttpClient http, string url, string? secret = null, string? accept = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{url}/metrics");
        if (secret is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return new MetricsPage(await response.Content.ReadAsStringAsync());
    }

    // A label may have spaces; a value has none, and nothing follows it here.
    private static string SeriesOf(string line) => LabelledOf(line).Replace("{}", "", StringComparison.Ordinal);

    private static string LabelledOf(string line) => line[..(line.LastIndexOf('}') is var end and >= 0 ? end + 1 : line.IndexOf(' ', StringComparison.Ordinal))];

    private static double ValueOf(string line) => line[LabelledOf(line).Length..].Trim().Split(' ')[0] switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        var text => double.Parse(text, CultureInfo.InvariantCulture),
    };
}
