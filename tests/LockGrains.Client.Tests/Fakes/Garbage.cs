namespace LockGrains.Client.Tests.Fakes;

/// <summary>The garbage collector, when a test says so.</summary>
internal static class Garbage
{
    /// <summary>Collects all that nothing refers to, also what the finalizers of the first time let go.</summary>
    public static void Collect()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
