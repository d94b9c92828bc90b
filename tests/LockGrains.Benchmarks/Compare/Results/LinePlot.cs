using System.Globalization;
using System.Security;
using System.Text;

namespace LockGrains.Benchmarks;

/// <summary>
/// Lines as SVG. Over logarithmic axes a cost that grows in proportion is a slope, one that does not is flat; what goes on in time is shown
/// over linear ones.
/// </summary>
/// <param name="Title">What is shown.</param>
/// <param name="X">The name of the horizontal axis.</param>
/// <param name="Y">The name of the vertical axis.</param>
internal sealed record LinePlot(string Title, string X, string Y)
{
    private const double Width = 720, Height = 400, Left = 70, Right = 200, Top = 40, Bottom = 50;

    // Okabe and Ito: told apart by all eyes.
    private static readonly string[] Colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

    private readonly List<(string Name, List<(double X, double Y)> Points)> _series = [];

    public bool IsLinear { get; init; }

    public void Add(string series, double x, double y)
    {
        if (!double.IsFinite(y) || y <= 0 || x <= 0)
            return;
        var index = _series.FindIndex(entry => entry.Name == series);
        if (index < 0)
        {
            index = _series.Count;
            _series.Add((series, []));
        }

        _series[index].Points.Add((x, y));
    }

    public string ToSvg()
    {
        var all = _series.SelectMany(series => series.Points).ToList();
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">");
        svg.AppendLine("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>");
        Label(svg, Left, 22, Title, size: 15);
        if (all.Count > 0)
        {
            IAxis x = IsLinear ? new LinearAxis(all.Max(point => point.X), Left, Width - Right) : new LogAxis(all.Min(point => point.X), all.Max(point => point.X), Left, Width - Right);
            IAxis y = IsLinear ? new LinearAxis(all.Max(point => point.Y), Height - Bottom, Top) : new LogAxis(all.Min(point => point.Y), all.Max(point => point.Y), Height - Bottom, Top);
            DrawAxes(svg, x, y);
            for (var index = 0; index < _series.Count; index++)
                DrawSeries(svg, x, y, index);
        }

        return svg.AppendLine("</svg>").ToString();
    }

    private void DrawAxes(StringBuilder svg, IAxis x, IAxis y)
    {
        foreach (var tick in x.Ticks)
        {
            Line(svg, x.At(tick), Top, x.At(tick), Height - Bottom, "#ddd");
            Label(svg, x.At(tick), Height - Bottom + 16, tick.ToString("#,0.###", CultureInfo.InvariantCulture), "middle");
        }

        foreach (var tick in y.Ticks)
        {
            Line(svg, Left, y.At(tick), Width - Right, y.At(tick), "#ddd");
            Label(svg, Left - 6, y.At(tick) + 4, tick.ToString("#,0.###", CultureInfo.InvariantCulture), "end");
        }

        Label(svg, (Left + Width - Right) / 2, Height - 12, X, "middle");
        svg.AppendLine(
            CultureInfo.InvariantCulture,
            $"<text transform=\"translate(16 {(Top + Height - Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\">{SecurityElement.Escape(Y)}</text>");
    }

    private void DrawSeries(StringBuilder svg, IAxis x, IAxis y, int index)
    {
        var (name, points) = _series[index];
        var color = Colors[index % Colors.Length];
        var path = string.Join(' ', points.OrderBy(point => point.X).Select(point =>
            string.Create(CultureInfo.InvariantCulture, $"{x.At(point.X):0.#},{y.At(point.Y):0.#}")));
        svg.AppendLine(CultureInfo.InvariantCulture, $"<polyline points=\"{path}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>");
        foreach (var (px, py) in points)
            svg.AppendLine(CultureInfo.InvariantCulture, $"<circle cx=\"{x.At(px):0.#}\" cy=\"{y.At(py):0.#}\" r=\"3\" fill=\"{color}\"/>");
        var row = Top + 10 + (index * 20);
        svg.AppendLine(CultureInfo.InvariantCulture, $"<rect x=\"{Width - Right + 14}\" y=\"{row - 9}\" width=\"12\" height=\"10\" fill=\"{color}\"/>");
        Label(svg, Width - Right + 32, row, name);
    }

    private static void Line(StringBuilder svg, double x1, double y1, double x2, double y2, string color) => svg.AppendLine(
        CultureInfo.InvariantCulture, $"<line x1=\"{x1:0.#}\" y1=\"{y1:0.#}\" x2=\"{x2:0.#}\" y2=\"{y2:0.#}\" stroke=\"{color}\"/>");

    private static void Label(StringBuilder svg, double x, double y, string text, string anchor = "start", int size = 12) => svg.AppendLine(
        CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\" font-size=\"{size}\">{SecurityElement.Escape(text)}</text>");
}
