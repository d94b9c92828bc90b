using System.Diagnostics.CodeAnalysis;
using Orleans.Serialization.Cloning;

namespace LockGrains.Wire;

/// <summary>Copies no model for a call within a silo: none of them ever changes.</summary>
internal sealed class ModelCopier<T> : IDeepCopier<T>
{
    [return: NotNullIfNotNull(nameof(input))]
    public T? DeepCopy(T? input, CopyContext context) => input;
}
