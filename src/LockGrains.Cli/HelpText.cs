using LockGrains.Cli.Commands;

namespace LockGrains.Cli;

/// <summary>
/// The help, written by hand: a list of options does not teach when to use them. A test checks that it names every option and
/// every exit code there is.
/// </summary>
internal static class HelpText
{
    public const string Root = """
        lockgrains: run a command under a distributed lock, and see, limit or revoke locks.

        Usage:
          lockgrains run KEY... [options] -- COMMAND [ARGS...] hold the lock KEY while COMMAND runs; of several keys all
          lockgrains status KEY [options]                      show who holds it, who waits, and why
          lockgrains list [PREFIX] [options]                   show which locks are held or waited for
          lockgrains watch KEY | --prefix P [options]          show that whenever it changes
          lockgrains value KEY [options]                       print what its holder has written beside it
          lockgrains limit KEY [N|none] [options]              show or set how many permits are taken together at most
          lockgrains revoke KEY --token N | --all [options]    take it from its holders
          lockgrains tidy [options]                            look for records that nobody uses any more
          lockgrains key new [options]                         make an access key for the HTTP API

        Whoever asks first gets the lock first. A holder that dies loses it when its lease ends.

          lockgrains run nightly-report -- ./report.sh
          lockgrains run document --shared -- ./read.sh
          lockgrains run pool --permits 2 --limit 3 -- ./convert.sh
          lockgrains COMMAND --help       more on a command
          lockgrains --version            the version
        """;

    public const string Run = """
        lockgrains run: hold a lock while a command runs.

        Usage:
          lockgrains run KEY... [--shared | --permits K --limit N] [options] -- COMMAND [ARGS...]
          lockgrains run KEY --value TEXT [options] -- COMMAND [ARGS...]

        Waits in line for the lock KEY, starts COMMAND, renews the lock while it runs, and releases it when COMMAND and
        all that it started have ended. Standard input, output and error are COMMAND's.

        Of several keys it holds all or none: it waits for one after another, in one order for everybody, so that two such
        commands never wait for each other. When one of the locks is lost, COMMAND ends.

        COMMAND has the lock alone by default. With --shared it has the lock beside others with --shared, as readers of a
        document. With --permits it has a part of the lock, such as 2 of 3 machines. Nobody passes one who waits: readers
        that come after a writer begin after it, and one who asks for many permits gets them in turn.

        COMMAND finds these variables in its environment:
          LOCK_KEY               the key; empty when there are several
          LOCK_FENCING_TOKEN     a number larger than every earlier holder's. Give it to what the lock protects, and let
                                 that refuse smaller ones: it is the only defence against a holder that was paused too long.
                                 Empty when there are several keys.
          LOCK_KEYS              the keys, each on a line, also when there is one
          LOCK_FENCING_TOKENS    their fencing tokens, each on a line, in the order of LOCK_KEYS
          LOCK_PERMITS           how many permits it has of each key. Only there with --permits or --limit.
          LOCK_PERMIT_NUMBERS    the numbers of these permits, 0 to N-1, as in 0,2; those of each key on a line. No two holders
                                 have the same. Only there where permits have numbers: the limit, here or of the key, is at
                                 most 4096.
          LOCK_HELD              the keys of all locks that it runs under, each on a line

        Options:
          --shared               hold the lock beside others that share it, and never beside one that has it alone
          --permits K            take K permits, all or none, while at most --limit are taken together; needs --limit.
                                 1 to 1000000, and not with --shared.
          --limit N              how many permits there are: the same for all who run under this lock, and at least K.
                                 Without --permits it takes 1 permit. Not with --shared. A limit that was set with
                                 `lockgrains limit` counts, too.
          --value TEXT           the value of the lock while COMMAND has it, such as the address of a leader: set with the
                                 grant, gone with the lock. `lockgrains value` prints it. Only with one key, and neither
                                 with --shared nor with permits.
          --wait T               how long to wait for all of it: 0 tries once, infinite never gives up (default infinite)
          --lease T              how long the lock outlives a crash of lockgrains; the silo's bounds are 1s to 24h unless
                                 it was set up otherwise (default 30s)
          --grace T              time between SIGTERM and SIGKILL for COMMAND. SIGKILL comes 0.2s before the lease ends,
                                 so T is at most three quarters of the lease, less 0.3s (default 5s, or a third of the
                                 lease if that is less)
          --hold-for T           release the lock no sooner after it was granted, so that a short job runs once though
                                 several hosts start it (default 0)
          --lock-delay T         let nobody have the lock for T after its lease ran out without a release; at most 1m
                                 (default 0)
          --max-hold T           end COMMAND so long after the lock was granted (default never)
          --owner LABEL          what `lockgrains status` shows (default user@host/command/process id)
        {connection}

        When the lock cannot be renewed, COMMAND is asked to end one grace before the lease ends, and killed 0.2s before:
        never is it at work beside the next holder. On Linux that holds for every process that it started, in whatever group
        or session; elsewhere for its process group. It holds if lockgrains is killed or stopped, too: a second process,
        its guard, ends COMMAND then. If the lock is revoked, the next holder may begin at once, and COMMAND has the grace.
        Out of reach are processes of another user, and a machine that stops both lockgrains and the guard.

        Signals: those that would end lockgrains go to COMMAND's process group, and when COMMAND has ended to what it left
        behind. While lockgrains waits for the lock they end the wait. While --hold-for keeps the lock they end lockgrains,
        with COMMAND's exit code, and the lock is free when its lease ends. Ctrl+Z is refused while COMMAND runs: stopped,
        it could not keep its lock.

        Exit codes: COMMAND's own (128+n when signal n ended it), or
          64    the command line is wrong, or asks for more permits than `lockgrains limit` allows
          69    no server replied, or the silos cannot reach their storage
          70    a defect of lockgrains, or its guard was killed
          75    not acquired within --wait, or the queue is full
          76    the lock was lost while COMMAND ran, or could not be renewed; COMMAND was ended, or had just ended by itself
          77    the server knows no such access key, or the key may not do this
          124   COMMAND was ended by --max-hold
          126   COMMAND cannot be run
          127   COMMAND was not found
          128+n ended by signal n while waiting

        Examples:
          lockgrains run nightly-report -- ./report.sh --all
          lockgrains run deploy/prod --wait 0 -- ./deploy.sh || echo "somebody else is deploying"
          lockgrains run cron/backup --wait 0 --hold-for 10m --max-hold 2h -- ./backup.sh
          lockgrains run accounts/1 accounts/2 -- ./transfer.sh
          lockgrains run leader --value "$(hostname):5000" -- ./serve.sh
          lockgrains run document --shared -- ./read.sh
          lockgrains run pool --permits 2 --limit 3 -- sh -c 'convert --on-slots "$LOCK_PERMIT_NUMBERS"'
          lockgrains run index --wait 5m --lease 10s -- sh -c 'rebuild --fence "$LOCK_FENCING_TOKEN"'
        """;

    public const string Status = """
        lockgrains status: show who holds a lock and who waits for it.

        Usage:
          lockgrains status KEY [options]

        Shows each holder, the limit and the value of the lock if it has them, the holder that waits to become exclusive and
        for whom, those who wait with what they ask, why the first of them waits, and how long the last will wait if the queue
        goes on as it did. Of many it lists the first 100. Of the value it shows a line: `lockgrains value` prints all of it.
        Under "recent" are the last 16 grants and ends, as the silo remembers them: after a failover it begins anew.

        What is shown was true a moment ago and may not be now: look at it, but decide nothing by it.

        Options:
          --json                 one JSON object, durations in seconds
        {connection}

        Exit codes:
          0     shown, held or not
          64    the command line is wrong
          69    no server replied, or the state is not known just now
          70    a defect of lockgrains
          74    standard output could not be written to
          77    the server knows no such access key, or the key may not do this

        Examples:
          lockgrains status deploy/prod
          lockgrains status deploy/prod --json | jq -r .holder.owner
        """;

    public const string List = """
        lockgrains list: show which locks are held or waited for, on all silos.

        Usage:
          lockgrains list [PREFIX] [options]

        Shows the locks whose keys begin with PREFIX, or all: who holds each, its fencing token, for how long, when the hold
        ends unless it is renewed, how many wait, and how long the first of them has. `lockgrains status KEY` shows more of one.

        It shows what is live in the silos' memory, and costs the locks nothing. The locks of a silo that has just died are
        there when their holders renew them, or somebody asks for them. Of silos that do not reply within 2s a line on
        standard error has the names; what the others said is printed.

        Options:
          --held                 only those that somebody holds
          --waited               only those that somebody waits for
          --limit N              at most N, the first in the order of their keys (default all)
          --json                 one JSON object a line, durations in seconds
        {connection}

        Exit codes:
          0     shown
          64    the command line is wrong
          69    no server replied, or some silos did not
          70    a defect of lockgrains
          74    standard output could not be written to
          77    the server knows no such access key, or the key may not do this

        Examples:
          lockgrains list
          lockgrains list deploy/ --waited
          lockgrains list --json | jq -r 'select(.heldForSeconds > 3600) | .key'
        """;

    public const string Watch = """
        lockgrains watch: show who holds a lock and how many wait for it, now and whenever that changes.

        Usage:
          lockgrains watch KEY [options]
          lockgrains watch --prefix P [options]

        On a terminal it shows what `lockgrains status` does, or for a prefix a table, and draws that anew at each change.
        Elsewhere it prints a line for each state: the local time, who holds the lock, how many wait, and its limit and value if
        it has them. With --prefix each line begins with the key; one that nobody holds or waits for any more is held by nobody.

        It goes on until a signal ends it, also through failovers. It is always the latest state: of a lock that changes many
        times a second, states in between are left out. Those of a prefix come at most once a second. When no server
        has replied for 30 s, a line says so. With --prefix, standard error says which silos do not reply.

        Options:
          --prefix P             watch all locks whose keys begin with P; '' for all there are
          --json                 one JSON object a line, with what `lockgrains status --json` prints under "status", or for
                                 a prefix with what `lockgrains list --json` prints under "lock"
        {connection}

        Exit codes:
          64    the command line is wrong
          69    no server replied at the start
          70    a defect of lockgrains
          74    standard output could not be written to
          77    the server knows no such access key, or the key may not do this
          128+n ended by signal n; Ctrl+C is 130

        Examples:
          lockgrains watch deploy/prod
          lockgrains watch --prefix deploy/
          lockgrains watch leader --json | jq --unbuffered -r .status.holder.owner
        """;

    public const string Value = """
        lockgrains value: print the value of a lock, which its holder has set.

        Usage:
          lockgrains value KEY [options]

        Prints the bytes of the value as they are, and no newline after them. To a terminal it prints text, with its control
        characters escaped, except newlines and tabs, and a newline.

        Options:
          --json                 one JSON object: the text, the same as base64, how long it is kept, and its version
        {connection}

        Exit codes:
          0     printed
          64    the command line is wrong
          65    the lock has no value; with --json that is printed
          69    no server replied, or the value is not known just now
          70    a defect of lockgrains
          74    standard output could not be written to
          77    the server knows no such access key, or the key may not do this

        Examples:
          curl "http://$(lockgrains value leader)/jobs"
          lockgrains value import --json | jq -r .value.text
        """;

    public const string Limit = """
        lockgrains limit: show or set how many permits of a lock may be taken together, whatever those who ask say.

        Usage:
          lockgrains limit KEY [options]                  print the limit, or none
          lockgrains limit KEY N|none [--from M] [options]
                                                          set it (1 to 1000000), or lift it

        It takes nothing from anybody. If more is taken than a new limit allows, newcomers wait until enough is given back.
        Whoever waits for more permits than the limit is refused. A larger limit lets those in who wait.

        Options:
          --from M               set it only if it is M now, or none, so that two operators do not overwrite each other
        {connection}

        Exit codes:
          0     set, or printed
          64    the command line is wrong
          65    the limit is another than --from; nothing changed
          69    no server replied, or nobody can say whether it was set
          70    a defect of lockgrains
          74    standard output could not be written to
          77    the server knows no such access key, or the key may not do this

        Examples:
          lockgrains limit exports 3
          lockgrains limit exports 5 --from 3
          lockgrains limit exports none
        """;

    public const string Revoke = """
        lockgrains revoke: take a lock from its holders and hand it to the next in line.

        Usage:
          lockgrains revoke KEY --token N | --all [options]
          lockgrains revoke --session ID [options]

        A holder learns of it at its next renewal, at the latest when its lease ends, and may still be at work until
        then. Only fencing tokens protect against that. It says how many holds have ended. Nobody may revoke without an
        access key that allows it; on your own machine lockgrains finds the operator's key.

        Options:
          --token N              end the hold with this fencing token, and no other, so that a successor is never hit by
                                 mistake; `lockgrains status KEY` shows it
          --all                  end all holds, whoever has the lock by then
          --session ID           end a session: each lock that is held under it is free as soon as somebody wants it;
                                 `lockgrains status` shows the session of a hold
          --reason TEXT          why, for the silo's audit log: at most 1024 characters
        {connection}

        Exit codes:
          0     revoked
          64    the command line is wrong
          65    nobody holds the lock, or not with that token, or there is no such session; nothing changed
          69    no server replied, or nobody can say whether it was revoked
          70    a defect of lockgrains
          74    standard output could not be written to
          77    the server knows no such access key, or the key may not do this

        Examples:
          lockgrains revoke deploy/prod --token 3874092651282432 --reason "host is gone"
        """;

    public const string Tidy = """
        lockgrains tidy: look for the records of locks that nobody uses any more.

        Usage:
          lockgrains tidy [options]

        A silo deletes the records of a lock that nobody has used for some minutes (LockPolicy.ForgetAfter). A silo that
        crashed leaves records behind. The cluster looks for them by itself, some minutes after a silo has gone and once
        an hour. This command has it look now, and tells what it found.

        Options:
          --json                 one JSON object
        {connection}

        Exit codes:
          0     looked through
          64    the command line is wrong
          69    no server replied, nothing is forgotten there, or the storage is in trouble
          70    a defect of lockgrains
          74    standard output could not be written to
          77    the server knows no such access key, or the key may not do this

        Examples:
          lockgrains tidy
          lockgrains tidy --json | jq .leftBehind
        """;

    public const string Key = """
        lockgrains key new: make an access key for the HTTP API.

        Usage:
          lockgrains key new [options]

        The first line that it prints is the secret, for whoever is to use it, as in `Authorization: Bearer lg_...`. The rest
        is its entry for LockGrains:Access:Keys in the silo's configuration, which has only the hash of the secret. Change the
        rules in it to what the key is to allow. The silo reads its configuration again when the file changes.

        Nobody can find the secret again: make another key if it is lost. It asks no silo.

        Options:
          --name NAME            who the key stands for, in the silo's log: 1 to 64 letters, digits, '.', '_' and '-'; the
                                 rule of the entry is for the locks whose keys begin with NAME/ (default my-key)

        Exit codes:
          0     made
          64    the command line is wrong
          70    a defect of lockgrains
          74    standard output could not be written to

        Examples:
          lockgrains key new --name billing
        """;

    private const string Connection = """
          --server URL[,URL...]  the servers of one cluster, which are tried in turn (default http://127.0.0.1:8080; or
                                 LOCKGRAINS_SERVER)
          --retry-for T          give up when no server has replied for so long: 100ms to 1h (default 30s)
          --verbose              show warnings of the client, and stack traces

        LOCKGRAINS_TOKEN is the access key, which is sent to all of these servers. Where it is not set, and all of them are on
        this machine, one that refuses what has no key is sent the operator's key of this user's own silo. Set and empty, no
        key is sent.

        Durations (T): 500ms, 10s, 2m, 1h, or 0. A number needs its unit.
        """;

    /// <summary>The help of a command.</summary>
    public static string For(string command) => command switch
    {
        "run" => Expand(Run),
        "status" => Expand(Status),
        "list" => Expand(List),
        "watch" => Expand(Watch),
        "value" => Expand(Value),
        "limit" => Expand(Limit),
        "revoke" => Expand(Revoke),
        "tidy" => Expand(Tidy),
        KeyCommand.Name or "new" => Key,
        _ => Root,
    };

    private static string Expand(string text) => text.Replace("{connection}", Connection, StringComparison.Ordinal);
}
