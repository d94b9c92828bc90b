namespace LockGrains.TestKit;

/// <summary>What a store is asked to do.</summary>
public enum StoreOperation
{
    /// <summary>Read a record.</summary>
    Load = 1,

    /// <summary>Compare a record's ETag and write it.</summary>
    CompareAndSet = 2,

    /// <summary>Compare a record's ETag and delete it.</summary>
    CompareAndDelete = 3,
}

/// <summary>How one operation of <see cref="InMemoryLockStore"/> goes wrong.</summary>
public enum StoreFault
{
    /// <summary>It throws, and nothing was applied.</summary>
    FailBefore = 1,

    /// <summary>It is applied, and then throws: the caller cannot tell it from <see cref="FailBefore"/>.</summary>
    ApplyThenFail = 2,

    /// <summary>It throws, and is applied later, when the test says so: a write that was still on its way.</summary>
    FailThenApply = 3,

    /// <summary>It finds another ETag than there is, and writes nothing.</summary>
    Conflict = 4,

    /// <summary>It is never answered, and nothing is applied.</summary>
    Hang = 5,
}

/// <summary>What the store throws when it was told to.</summary>
public sealed class StoreFaultException : IOException
{
    /// <summary>Makes the exception.</summary>
    public StoreFaultException()
        : base("The store failed, as it was told to.")
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What happened.</param>
    public StoreFaultException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">What it was caused by.</param>
    public StoreFaultException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
