namespace LockGrains.Client.Tests.Leading;

/// <summary>Another worker that does what the test says.</summary>
internal sealed class OtherWorker(WorkerScript script, LeadershipContext context) : ScriptedWorker(script, context);
