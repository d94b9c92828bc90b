using System.Globalization;
using System.Text;

namespace LockGrains.Chaos;

/// <summary>Each fault a row, each key's recovery a dot, over a logarithmic axis of seconds; a bar at the median.</summary>
internal static class RecoveryPlot
{
    private const double Left = 230, Width = 900, Right = 30, Top = 50, Row = 18;
    private const double Least = 0.01, Most = 100;

    public static string ToSvg(IReadOnlyList<FaultKind> kinds)
    {
        var height = Top + (kinds.Count * Row) + 50;
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" font-family=\"sans-serif\" font-size=\"12\">");
        svg.AppendLine("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"24\" font-size=\"15\">From the fault to the next grant of a key, in seconds</text>");
        for (var tick = Least; tick <= Most * 1.01; tick *= 10)
        {
            svg.AppendLine(CultureInfo.InvariantCulture, $"<line x1=\"{X(tick):0.#}\" y1=\"{Top - 8}\" x2=\"{X(tick):0.#}\" y2=\"{height - 40}\" stroke=\"#ddd\"/>");
            svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{X(tick):0.#}\" y=\"{height - 22}\" text-anchor=\"middle\">{tick:0.##}</text>");
        }

        for (var row = 0; row < kinds.Count; row++)
            Draw(svg, kinds[row], Top + (row * Row) + (Row / 2));
        return svg.AppendLine("</svg>").ToString();
    }

    private static void Draw(StringBuilder svg, FaultKind kind, double y)
    {
        svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{Left - 10}\" y=\"{y + 4:0.#}\" text-anchor=\"end\">{kind.Name}</text>");
        foreach (var recovery in kind.Recoveries.Select(value => Math.Round(value, 2)).Distinct())
            svg.AppendLine(CultureInfo.InvariantCulture, $"<circle cx=\"{X(recovery):0.#}\" cy=\"{y:0.#}\" r=\"3\" fill=\"#0072b2\" fill-opacity=\"0.4\"/>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<line x1=\"{X(kind.P50):0.#}\" y1=\"{y - 7:0.#}\" x2=\"{X(kind.P50):0.#}\" y2=\"{y + 7:0.#}\" stroke=\"#d55e00\" stroke-width=\"2\"/>");
    }

    private static double X(double seconds) =>
        Left + (Math.Log10(Math.Clamp(seconds, Least, Most) / Least) / Math.Log10(Most / Least) * (Width - Left - Right));
}
