using System.Globalization;

namespace LockGrains.Benchmarks;

/// <summary>A target and what was measured.</summary>
/// <param name="Name">What is asked.</param>
/// <param name="Figure">What was measured; not a number when it was not.</param>
/// <param name="Target">The bound.</param>
/// <param name="AtMost">Whether the figure must not be above the bound; else it must not be below.</param>
internal sealed record Bar(string Name, double Figure, double Target, bool AtMost)
{
    public bool IsMet => AtMost ? Figure <= Target : Figure >= Target;

    public string FigureText => Number.Text(Figure);

    public string TargetText => (AtMost ? "<= " : ">= ") + Number.Text(Target);

    public string Verdict => IsMet ? "ok" : "short";

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name,-92} {FigureText,10}   {TargetText,-10} {Verdict}");

    public static Bar Low(string name, double figure, double target) => new(name, figure, target, AtMost: true);

    public static Bar High(string name, double figure, double target) => new(name, figure, target, AtMost: false);
}
