using LockGrains.Core;

namespace LockGrains.Simulation;

/// <summary>
/// One coordinator's way to the store, with all that can go wrong on it: an operation fails before it is applied, or after; is never
/// answered; takes longer than anybody waits; or is applied long after its caller was told that it failed.
/// </summary>
internal sealed class StoreLink(World world, Activation activation, int key) : ILockStore
{
    private const long Second = TimeSpan.TicksPerSecond;

    private enum Course
    {
        Usual,
        FailsBefore,
        FailsAfter,
        AppliedNeverAnswered,
        NeverAnswered,
        AppliedLate,
    }

    public Task<StoredRecord> LoadAsync(RecordName name, CancellationToken cancellationToken = default)
    {
        if (name == RecordName.Lock)
            activation.NoteAsked();
        var course = DrawCourse(canBeLate: false);
        return course == Course.Usual && world.Options[Option.StoreUs] == 0
            ? Task.FromResult(Load(name))
            : RunAsync(course, name, () => Load(name));
    }

    public Task<StoreWrite> CompareAndSetAsync(
        RecordName name, string? etag, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        if (world.Mutants.AcksBeforeWriting)
            return AckFirstAsync(name, etag, data);
        if (etag is null && name == RecordName.Lock && world.Faults.Strikes(world.StoreRandom, Option.VeryLateCreatePermille, Mark.CreateHeldBack))
            return HoldBackAsync(name, data);
        var course = DrawCourse(canBeLate: true);
        return course == Course.Usual && world.Options[Option.StoreUs] == 0
            ? Task.FromResult(Apply(name, etag, data))
            : RunAsync(course, name, () => Apply(name, etag, data));
    }

    public Task<StoreWrite> CompareAndDeleteAsync(RecordName name, string etag, CancellationToken cancellationToken = default)
    {
        activation.NoteForgetting(name);
        var course = DrawCourse(canBeLate: true);
        if (course != Course.Usual)
            world.Coverage.Add(Mark.ForgetUnknown);
        return course == Course.Usual && world.Options[Option.StoreUs] == 0
            ? Task.FromResult(Delete(name, etag))
            : RunAsync(course, name, () => Delete(name, etag));
    }

    private Course DrawCourse(bool canBeLate)
    {
        var (random, faults) = (world.StoreRandom, world.Faults);
        if (activation.Silo.StoreCutUntil > world.Loop.Now && faults.Allow(Mark.StoreCut))
            return random.Chance(300) ? Course.AppliedNeverAnswered : Course.NeverAnswered;
        if (world.StoreDownUntil > world.Loop.Now)
            return Course.FailsBefore;
        if (faults.Strikes(random, Option.FailBeforePermille, Mark.StoreFailedBefore))
            return Course.FailsBefore;
        if (faults.Strikes(random, Option.FailAfterPermille, Mark.StoreFailedAfter))
            return Course.FailsAfter;
        if (faults.Strikes(random, Option.HangPermille, Mark.StoreHung))
            return random.Chance(500) ? Course.AppliedNeverAnswered : Course.NeverAnswered;
        return canBeLate && faults.Strikes(random, Option.LateWriteApplyPermille, Mark.StoreAppliedLate) ? Course.AppliedLate : Course.Usual;
    }

    private Task<T> RunAsync<T>(Course course, RecordName name, Func<T> operation)
    {
        if (course != Course.Usual)
            world.Timeline?.Add("STORE", $"{activation.Facts}'s access to {name}: {course}");
        var outcome = new TaskCompletionSource<T>();
        var (there, back) = (Latency(), Latency());
        switch (course)
        {
            case Course.Usual:
                world.Loop.After(there, () =>
                {
                    var result = operation();
                    Reply(back, () => outcome.TrySetResult(result));
                });
                break;
            case Course.FailsBefore:
                Reply(there + back, () => outcome.TrySetException(new StoreFaultException()));
                break;
            case Course.FailsAfter:
                world.Loop.After(there, () => operation());
                Reply(there + back, () => outcome.TrySetException(new StoreFaultException()));
                break;
            case Course.AppliedNeverAnswered:
                world.Loop.After(there, () => operation());
                break;
            case Course.AppliedLate:
                world.Loop.After(there + world.StoreRandom.Below(20 * Second), () => operation());
                Reply(there + back, () => outcome.TrySetException(new StoreFaultException()));
                break;
        }

        return outcome.Task;
    }

    private void Reply(long latency, Action complete) => world.Loop.After(latency, activation.Silo.Process, complete);

    private long Latency()
    {
        var usual = world.StoreRandom.Below((world.Options[Option.StoreUs] / 2) + 1) * TimeSpan.TicksPerMicrosecond;
        return world.Faults.Strikes(world.StoreRandom, Option.SlowStorePermille, Mark.StoreSlow)
            ? usual + world.StoreRandom.Below(2 * world.Options.Ticks(Option.StoreTimeoutMs))
            : usual;
    }

    private StoredRecord Load(RecordName name)
    {
        var record = world.Store.Load(key, name);
        if (name == RecordName.Lock)
            activation.NoteRead(record);
        return record;
    }

    private StoreWrite Apply(RecordName name, string? etag, ReadOnlyMemory<byte> data)
    {
        var write = world.Store.CompareAndSet(key, name, etag, data, compares: !world.Mutants.SkipsCompare);
        if (!write.IsConflict)
            activation.NoteWritten(name, data);
        else if (activation.Facts.LoadedAt >= 0)
            world.Coverage.Add(Mark.OldActivationFenced);
        return write;
    }

    private StoreWrite Delete(RecordName name, string etag)
    {
        if (!world.Mutants.SkipsCompare && !world.Mutants.DeletesWithoutComparing && world.Store.Load(key, name).ETag != etag)
        {
            world.Coverage.Add(Mark.ForgetConflicted);
            return StoreWrite.Conflict;
        }

        if (world.Store.Delete(key, name))
            activation.NoteDeleted(name);
        return StoreWrite.Written(null);
    }

    /// <summary>The silo stands still with a creation on its way, which arrives when another silo may have used the key and forgotten it.</summary>
    private Task<StoreWrite> HoldBackAsync(RecordName name, ReadOnlyMemory<byte> data)
    {
        var (outcome, silo) = (new TaskCompletionSource<StoreWrite>(), activation.Silo);
        var delay = world.Options.Ticks(Option.ForgetMs) * world.StoreRandom.Between(1, 30) / 10;
        world.Timeline?.Add("STORE", $"{activation.Facts}'s creation of {name} is held back, and its silo stands still");
        silo.StandStill(isAsleep: world.StoreRandom.Chance(500) && world.Options[Option.JumpClock] == 0);
        world.Loop.After(world.StoreRandom.Below(3 * Second), () => world.Directory.Evict(silo.Index));
        world.Loop.After(delay, () =>
        {
            var write = Apply(name, etag: null, data);
            if (!write.IsConflict)
                world.Coverage.Add(Mark.LateCreateLanded);
            Reply(Latency(), () => outcome.TrySetResult(write));
            silo.Process.Resume();
        });
        return outcome.Task;
    }

    // The mutant: says "written" at once, and writes afterwards.
    private Task<StoreWrite> AckFirstAsync(RecordName name, string? etag, ReadOnlyMemory<byte> data)
    {
        var promised = world.Store.NextETag();
        world.Loop.After(Latency(), () =>
        {
            if (world.Store.Load(key, name).ETag != etag)
                return;
            world.Store.PutAs(key, name, data, promised);
            activation.NoteWritten(name, data);
        });
        return Task.FromResult(StoreWrite.Written(promised));
    }
}
