namespace LockGrains.Cluster.Tests;

[Collection(MemoryCollection.Name)]
public sealed class MemoryWriterGrainTests(MemoryFixture fixture) : LockGrainContract(fixture, MutexKind.ExclusiveAfterReaders);

[NeedsRedis]
[Collection(RedisCollection.Name)]
public sealed class RedisWriterGrainTests(RedisFixture fixture) : LockGrainContract(fixture, MutexKind.ExclusiveAfterReaders);

[Collection(FaultyCollection.Name)]
public sealed class FaultyWriterGrainTests(FaultyFixture fixture) : LockGrainContract(fixture, MutexKind.ExclusiveAfterReaders);

[Collection(MemoryCollection.Name)]
public sealed class MemoryLimitOfOneGrainTests(MemoryFixture fixture) : LockGrainContract(fixture, MutexKind.LimitOfOne);

[NeedsRedis]
[Collection(RedisCollection.Name)]
public sealed class RedisLimitOfOneGrainTests(RedisFixture fixture) : LockGrainContract(fixture, MutexKind.LimitOfOne);

[Collection(FaultyCollection.Name)]
public sealed class FaultyLimitOfOneGrainTests(FaultyFixture fixture) : LockGrainContract(fixture, MutexKind.LimitOfOne);

[Collection(MemoryCollection.Name)]
public sealed class MemoryWriterQueueTests(MemoryFixture fixture) : LockQueueContract(fixture, MutexKind.ExclusiveAfterReaders);

[NeedsRedis]
[Collection(RedisCollection.Name)]
public sealed class RedisWriterQueueTests(RedisFixture fixture) : LockQueueContract(fixture, MutexKind.ExclusiveAfterReaders);

[Collection(FaultyCollection.Name)]
public sealed class FaultyWriterQueueTests(FaultyFixture fixture) : LockQueueContract(fixture, MutexKind.ExclusiveAfterReaders);

[Collection(MemoryCollection.Name)]
public sealed class MemoryLimitOfOneQueueTests(MemoryFixture fixture) : LockQueueContract(fixture, MutexKind.LimitOfOne);

[NeedsRedis]
[Collection(RedisCollection.Name)]
public sealed class RedisLimitOfOneQueueTests(RedisFixture fixture) : LockQueueContract(fixture, MutexKind.LimitOfOne);

[Collection(FaultyCollection.Name)]
public sealed class FaultyLimitOfOneQueueTests(FaultyFixture fixture) : LockQueueContract(fixture, MutexKind.LimitOfOne);
