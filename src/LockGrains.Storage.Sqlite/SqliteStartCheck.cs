namespace LockGrains;

/// <summary>Opens the file before anything else starts, so that what is wrong with it is told in one line.</summary>
internal sealed class SqliteStartCheck(SqliteLockStores stores) : IConfigurationValidator
{
    public void ValidateConfiguration()
    {
        try
        {
            stores.Open();
        }
        catch (SqliteFileException exception)
        {
            throw new OrleansConfigurationException($"LockGrains cannot start: {exception.Message}", exception);
        }
    }
}
