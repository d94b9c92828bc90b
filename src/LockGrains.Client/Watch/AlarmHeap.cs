using System.Diagnostics.CodeAnalysis;

namespace LockGrains;

/// <summary>
/// Alarms by the time at which they are due: a heap whose nodes have four children, and alarms that know their place in it. Setting one,
/// setting it anew and taking it out take steps in proportion to the logarithm of how many there are, and nothing is allocated.
/// </summary>
internal sealed class AlarmHeap
{
    private const int Children = 4;

    private (long DueAt, Alarm Alarm)[] _nodes = new (long, Alarm)[16];

    public int Count { get; private set; }

    /// <summary>When the first is due; <see cref="long.MaxValue"/> when there is none.</summary>
    public long FirstDueAt => Count > 0 ? _nodes[0].DueAt : long.MaxValue;

    public void Set(Alarm alarm, long dueAt)
    {
        if (alarm.Place < 0)
        {
            if (Count == _nodes.Length)
                Array.Resize(ref _nodes, Count * 2);
            alarm.Place = Count++;
        }

        Settle((dueAt, alarm), alarm.Place);
    }

    public void Remove(Alarm alarm)
    {
        var place = alarm.Place;
        if (place < 0)
            return;

        alarm.Place = -1;
        var last = _nodes[--Count];
        _nodes[Count] = default;
        if (place < Count)
            Settle(last, place);
    }

    /// <summary>Takes out the first, if it is due.</summary>
    public bool TryTake(long now, [NotNullWhen(true)] out Alarm? alarm)
    {
        alarm = FirstDueAt <= now && Count > 0 ? _nodes[0].Alarm : null;
        if (alarm is not null)
            Remove(alarm);
        return alarm is not null;
    }

    /// <summary>Moves a free place up and down until the node fits in it.</summary>
    private void Settle((long DueAt, Alarm Alarm) node, int place)
    {
        while (place > 0 && node.DueAt < _nodes[(place - 1) / Children].DueAt)
        {
            Put(_nodes[(place - 1) / Children], place);
            place = (place - 1) / Children;
        }

        while (FindFirstChild(place) is var child and > 0 && _nodes[child].DueAt < node.DueAt)
        {
            Put(_nodes[child], place);
            place = child;
        }

        Put(node, place);
    }

    /// <summary>The child that is due first; 0, which is nobody's child, when there is none.</summary>
    private int FindFirstChild(int place)
    {
        var child = (place * Children) + 1;
        if (child >= Count)
            return 0;

        var first = child;
        var end = Math.Min(child + Children, Count);
        while (++child < end)
        {
            if (_nodes[child].DueAt < _nodes[first].DueAt)
                first = child;
        }

        return first;
    }

    private void Put((long DueAt, Alarm Alarm) node, int place)
    {
        _nodes[place] = node;
        node.Alarm.Place = place;
    }
}
