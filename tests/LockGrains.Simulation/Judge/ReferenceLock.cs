namespace LockGrains.Simulation;

/// <summary>A lock as naive as can be: who holds it, and the last token. It accepts a step or says why not.</summary>
internal sealed class ReferenceLock
{
    private Guid? _holder;
    private long _lastToken;

    public string? Grant(Guid lease, long token)
    {
        if (_holder is { } holder)
            return $"{Short.Of(lease)} is granted it while {Short.Of(holder)} holds";
        if (token <= _lastToken)
            return $"{Short.Of(lease)} gets token {token} after {_lastToken}";
        (_holder, _lastToken) = (lease, token);
        return null;
    }

    public string? SeeHeld(Guid lease) => _holder == lease ? null : $"{Short.Of(lease)} is said to hold, but does not";

    public string? End(Guid lease)
    {
        if (SeeHeld(lease) is { } problem)
            return problem;
        _holder = null;
        return null;
    }
}
