#!/usr/bin/env bash
# Runs a command while it holds a lock:  bash lock.sh KEY -- COMMAND...
#
# LOCKGRAINS_SERVER  the silo, by default http://127.0.0.1:8080
# LOCKGRAINS_TOKEN   the access key, where one is needed
# LOCKGRAINS_WAIT    the whole seconds to wait in line; by default for ever; 0 only tries
# LOCKGRAINS_LEASE   the seconds after which the lock is free if this program dies; by default 30
#
# The command has its fencing token in LOCK_FENCING_TOKEN. The exit code is the command's, or 64 for wrong arguments, 75 if the lock
# did not come, 76 if it was lost and the command was ended, 77 if the request was refused.
# It needs Linux: bash has no monotonic clock of its own, and this reads /proc/uptime.
set -u

say() { echo "lock.sh: $*" >&2; }
now() { local up; read -r up _ </proc/uptime; echo $((10#${up/./} * 10)); }  # in milliseconds
new_lease_id() { lease_id=$(</proc/sys/kernel/random/uuid); }                # the proof of ownership
quote() { local text=${1//\\/\\\\}; echo "\"${text//\"/\\\"}\""; }           # keys have no control characters
whole() { [[ $reply =~ \"$1\":([0-9]+) ]] && echo "${BASH_REMATCH[1]}"; }    # a number of the reply, rounded down
header() { [[ -z ${LOCKGRAINS_TOKEN-} ]] || echo "Authorization: Bearer $LOCKGRAINS_TOKEN"; }

# post CALL SECONDS [MEMBERS] sets status and reply; the status is 000 where the reply did not come whole. It fails if nobody can say
# whether the call took effect: then the same is sent again. Neither the access key nor the leaseId is on a command line.
post() {
    local body="{\"key\":$(quote "$key"),\"leaseId\":\"$lease_id\"${3-}}" url=${LOCKGRAINS_SERVER:-http://127.0.0.1:8080}/v1/$1
    reply=$(curl --silent --max-time "$2" --header 'Content-Type: application/json' --header @<(header) --data-binary @- \
        --write-out '\n%{http_code}' "$url" <<<"$body") || reply=$'\n000'
    status=${reply##*$'\n'} reply=${reply%$'\n'*}
    [[ $status != @(000|502|503|504) ]]
}

# Counts the lease of a reply from when the request was sent: the silo began later. The last sixth is for the work to end.
held_from() {
    local valid=$(($(whole validForSeconds) * 1000))
    renew_at=$(($1 + valid / 3)) stop_at=$(($1 + valid * 5 / 6)) ends_at=$(($1 + valid))
}

# Waits in line.
acquire() {
    local give_up_at=$(($(now) + ${LOCKGRAINS_WAIT:-0} * 1000)) left=null poll=0.25 sent  # the first reply tells the place soon
    while :; do
        sent=$(now)
        [[ -z ${LOCKGRAINS_WAIT-} ]] || left=$((give_up_at > sent ? (give_up_at - sent) / 1000 : 0))
        post acquire 30 ",\"owner\":$(quote "$HOSTNAME:$$"),\"leaseSeconds\":${LOCKGRAINS_LEASE:-30},\"renews\":true,\"waitSeconds\":$left,\"pollSeconds\":$poll"
        case $status in
            200) held_from "$sent"; return ;;
            202) say "waits in place $(whole place) of $(whole queueLength)"; sleep "$(whole nextPollSeconds)"; poll=20; continue ;;
            423) say "not acquired: $reply"; exit 75 ;;
            429 | 000 | 50[234]) [[ $left != 0 ]] || { say "not acquired: status $status"; exit 75; } ;;
            409) [[ $reply == *'"code":"ended"'* ]] || { say "refused: $reply"; exit 77; }
                new_lease_id ;;  # it was away for too long: a new place
            *) say "refused: status $status $reply"; exit 77 ;;
        esac
        sleep 1
    done
}

# Renews while the command lives, even if this script is killed. Ends it, and all that it started, before the lock ends.
keep() {
    local sent most
    renew_at=0  # the first lease is short, until it is renewed
    while kill -0 "$child"; do
        sent=$(now)
        if ((sent >= stop_at)); then
            kill -TERM -- "-$child"
            while kill -0 -- "-$child" && (($(now) < (stop_at + ends_at) / 2)); do sleep 0.1; done
            kill -KILL -- "-$child"
            exit 76
        elif ((sent >= renew_at)); then
            most=$(((ends_at - sent) / 3))  # so that there is time for another try
            post renew "$((most / 1000)).$(printf %03d $((most % 1000)))"
            case $status in
                200) held_from "$sent" ;;
                409) stop_at=0 ends_at=0 ;;
                *) renew_at=$((sent + 1000)) ;;
            esac
        fi
        sleep 0.2
    done
}

[[ $# -ge 3 && $2 == -- ]] || { say "usage: bash lock.sh KEY -- COMMAND..."; exit 64; }
key=$1
shift 2
new_lease_id
trap 'post cancel 5' EXIT  # right whether the request waits, was granted, or never arrived
acquire

LOCK_KEY=$key LOCK_FENCING_TOKEN=$(whole fencingToken) setsid "$@" <&0 &  # a group of its own
child=$!
trap 'kill -TERM -- "-$child"' TERM INT HUP
keep >/dev/null 2>&1 &
keeper=$!
wait "$child"
code=$?
while kill -0 "$child" 2>/dev/null; do wait "$child"; code=$?; done  # a signal ends a wait, and not the command
kill -KILL -- "-$child" 2>/dev/null                                  # what the command left behind
wait "$keeper"
[[ $? != 76 ]] || { say "the lock was lost, or about to be: the command was ended"; exit 76; }
trap - EXIT
for _ in {1..5}; do post release 2 && break; sleep 1; done  # else its lease ends it
exit "$code"
