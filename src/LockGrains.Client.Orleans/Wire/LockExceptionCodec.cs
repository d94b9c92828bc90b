using System.Buffers;
using System.Runtime.CompilerServices;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.Serializers;
using Orleans.Serialization.WireProtocol;

namespace LockGrains.Wire;

/// <summary>
/// Sends an exception of the client, which knows nothing of a serializer: first what every exception has, then its own members. A grain that
/// uses the client may let it out to a caller on another machine.
/// </summary>
/// <typeparam name="T">The exception.</typeparam>
/// <typeparam name="TMembers">Its own members.</typeparam>
internal abstract class LockExceptionCodec<T, TMembers>(IBaseCodec<Exception> exceptions, IValueSerializer<TMembers> members) : IFieldCodec<T>
    where T : Exception
    where TMembers : struct
{
    public void WriteField<TBufferWriter>(ref Writer<TBufferWriter> writer, uint fieldIdDelta, Type? expectedType, T? value)
        where TBufferWriter : IBufferWriter<byte>
    {
        if (ReferenceCodec.TryWriteReferenceField(ref writer, fieldIdDelta, expectedType, value))
            return;

        writer.WriteStartObject(fieldIdDelta, expectedType, typeof(T));
        exceptions.Serialize(ref writer, value!);
        writer.WriteEndBase();
        var own = Read(value!);
        members.Serialize(ref writer, ref own);
        writer.WriteEndObject();
    }

    public T? ReadValue<TInput>(ref Reader<TInput> reader, Field field)
    {
        if (field.WireType == WireType.Reference)
            return ReferenceCodec.ReadReference<T, TInput>(ref reader, field);

        var value = (T)RuntimeHelpers.GetUninitializedObject(typeof(T));
        ReferenceCodec.RecordObject(reader.Session, value);
        exceptions.Deserialize(ref reader, value);
        var own = default(TMembers);
        members.Deserialize(ref reader, ref own);
        Write(own, value);
        return value;
    }

    protected abstract TMembers Read(T exception);

    protected abstract void Write(TMembers members, T exception);
}
