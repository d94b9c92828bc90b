using System.Diagnostics;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>
/// A monotonic clock that stands still while the one that counts sleep (<c>CLOCK_BOOTTIME</c>) goes on, as in a suspend, for processes that
/// are stopped meanwhile. A library between a process and its C library sets the clock back, and has timed waits last as much longer.
/// <para>
/// No other way was found: a time namespace is fixed once it has a process, and libfaketime hangs .NET when it fakes this clock.
/// </para>
/// </summary>
internal sealed class StillClock : IDisposable
{
    private const string Source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <pthread.h>
        #include <stdlib.h>
        #include <sys/mman.h>
        #include <time.h>
        #include <unistd.h>

        static long long none;
        static volatile long long *still = &none;
        static int (*get_time)(clockid_t, struct timespec *);
        static int (*wait_until)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);

        __attribute__((constructor)) static void begin(void)
        {
            get_time = dlsym(RTLD_NEXT, "clock_gettime");
            wait_until = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
            if (!wait_until)
                wait_until = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
            const char *path = getenv("STILL_CLOCK");
            int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
            if (file < 0)
                return;
            void *map = mmap(NULL, sizeof(long long), PROT_READ, MAP_SHARED, file, 0);
            close(file);
            if (map != MAP_FAILED)
                still = map;
        }

        static struct timespec moved(const struct timespec *time, long long by)
        {
            long long all = time->tv_sec * 1000000000LL + time->tv_nsec + by;
            return (struct timespec){ .tv_sec = all / 1000000000LL, .tv_nsec = all % 1000000000LL };
        }

        int clock_gettime(clockid_t clock, struct timespec *time)
        {
            if (!get_time)
                begin();
            int result = get_time(clock, time);
            int is_monotonic = clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_MONOTONIC_COARSE;
            if (result == 0 && is_monotonic)
                *time = moved(time, -*still);
            return result;
        }

        int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until)
        {
            if (!wait_until)
                begin();
            for (;;) {
                long long before = *still;
                struct timespec real = moved(until, before);
                int result = wait_until(condition, mutex, &real);
                if (result != ETIMEDOUT || *still == before)
                    return result;
            }
        }
        """;

    private readonly FileStream _file;
    private readonly string _library;

    private StillClock(string library, string file)
    {
        _library = library;
        _file = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        StandStill(TimeSpan.Zero);
    }

    /// <summary>What a process has it by.</summary>
    public (string Name, string? Value)[] Environment => [("LD_PRELOAD", _library), ("STILL_CLOCK", _file.Name)];

    public static StillClock Create(string folder)
    {
        var source = Path.Combine(folder, "still-clock.c");
        var library = Path.Combine(folder, "still-clock.so");
        File.WriteAllText(source, Source);
        using var compiler = Process.Start("gcc", ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl", "-lpthread"]);
        compiler.WaitForExit();
        Assert.Equal(0, compiler.ExitCode);
        return new StillClock(library, Path.Combine(folder, "still-clock"));
    }

    /// <summary>The clock has stood still for so long, in all.</summary>
    public void StandStill(TimeSpan time)
    {
        _file.Position = 0;
        _file.Write(BitConverter.GetBytes((long)(time.TotalMilliseconds * 1e6)));
    }

    public void Dispose() => _file.Dispose();
}
