#!/usr/bin/env python3
"""Runs a command while it holds a lock:  python3 lock.py KEY -- COMMAND...

LOCKGRAINS_SERVER  the silo, by default http://127.0.0.1:8080
LOCKGRAINS_TOKEN   the access key, where one is needed
LOCKGRAINS_WAIT    the seconds to wait in line; by default for ever, and 0 only tries
LOCKGRAINS_LEASE   the seconds after which the lock is free if this program dies; by default 30

The command has its fencing token in LOCK_FENCING_TOKEN. The exit code is the command's, or 64 for wrong arguments, 75 if the lock
did not come, 76 if it was lost and the command was ended, 77 if the request was refused.
"""
import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid

SERVER = os.environ.get("LOCKGRAINS_SERVER", "http://127.0.0.1:8080")
TOKEN = os.environ.get("LOCKGRAINS_TOKEN", "").strip()
WAIT = os.environ.get("LOCKGRAINS_WAIT")
LEASE = float(os.environ.get("LOCKGRAINS_LEASE", 30))
OWNER = f"{socket.gethostname()}:{os.getpid()}"
UNKNOWN = (0, 502, 503, 504)  # nobody can say whether it took effect: the same is sent again


class NotAcquired(Exception):
    def __init__(self, status, reply):
        super().__init__(reply.get("detail") or reply.get("code") or (f"status {status}" if status else "no reply"))
        self.exit_code = 75 if status in (423, 429, *UNKNOWN) else 77


def say(text):
    print(f"lock.py: {text}", file=sys.stderr, flush=True)


def post(call, body, timeout):
    """Sends a call. Returns its status and reply; status 0 where the reply did not come whole."""
    request = urllib.request.Request(f"{SERVER}/v1/{call}", json.dumps(body).encode(), {"Content-Type": "application/json"})
    if TOKEN:
        request.add_header("Authorization", f"Bearer {TOKEN}")
    status = 0
    try:
        try:
            response = urllib.request.urlopen(request, timeout=timeout)
        except urllib.error.HTTPError as error:  # a refusal is a reply, too
            response = error
        with response:
            status = response.status
            return status, json.load(response)
    except (OSError, ValueError, http.client.HTTPException):
        return (status if status >= 300 else 0), {}


class Lock:
    """`with` waits in line for the lock and releases it. In between a thread renews it."""

    def __init__(self, key, wait=None, lease=30):
        self.key, self.wait, self.lease = key, wait, lease
        self.lease_id = str(uuid.uuid4())  # the proof of ownership; it makes every call safe to repeat
        self.token = None
        self.stop_at = self.ends_at = 0.0  # when the work must stop, and when somebody else may have the lock
        self._released = threading.Event()

    def __enter__(self):
        try:
            self._acquire()
        except BaseException:
            self._send("cancel", 5)  # right whether it waits, was granted, or never arrived
            raise
        threading.Thread(target=self._renew, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._released.set()
        while self._send("release", 2)[0] in UNKNOWN and time.monotonic() < self.ends_at:
            time.sleep(1)

    def _left(self):
        return max(0.0, self.ends_at - time.monotonic())

    def _send(self, call, timeout, **members):
        sent = time.monotonic()
        status, reply = post(call, {"key": self.key, "leaseId": self.lease_id, **members}, timeout)
        if status == 200 and "validForSeconds" in reply:  # counted from the sending: the silo began later
            self.ends_at = sent + reply["validForSeconds"]
            self.stop_at = self.ends_at - reply["validForSeconds"] / 6
        return status, reply

    def _acquire(self):
        give_up_at = None if self.wait is None else time.monotonic() + self.wait
        poll = 0.25  # the first reply tells the place soon
        while True:
            left = None if give_up_at is None else max(0.0, give_up_at - time.monotonic())
            status, reply = self._send("acquire", poll + 10, owner=OWNER, leaseSeconds=self.lease, renews=True,
                                       waitSeconds=left, pollSeconds=poll)
            if status == 200:
                self.token = reply["fencingToken"]
                return
            if status == 202:
                say(f"waits in place {reply['place']} of {reply['queueLength']}")
            elif status == 409 and reply.get("code") == "ended":  # it was away for too long: a new place
                self.lease_id = str(uuid.uuid4())
            elif status != 429 and status not in UNKNOWN:
                raise NotAcquired(status, reply)
            if left == 0:
                raise NotAcquired(status, reply)
            time.sleep(reply.get("nextPollSeconds", 1))
            poll = 20  # a proxy cuts what is silent for 60 s

    def _renew(self):
        pause = 0.0  # the first lease is short, until it is renewed
        while not self._released.wait(pause):
            status, _ = self._send("renew", max(1.0, self._left() / 3))  # so that there is time for another try
            if status == 409:
                self.stop_at = self.ends_at = 0.0
                return
            pause = self._left() / 3 if status == 200 else 1.0


def run(lock, command):
    """Runs the command in a group of its own, so that all it started can be ended. Returns the exit code."""
    with lock:
        variables = {**os.environ, "LOCK_KEY": lock.key, "LOCK_FENCING_TOKEN": str(lock.token)}
        child = subprocess.Popen(command, start_new_session=True, env=variables)
        try:
            while time.monotonic() < lock.stop_at:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    code = child.wait(0.2)
                    return code if code >= 0 else 128 - code
            say("the lock is lost, or about to be: the command is ended")
            return 76
        finally:
            end(child, (lock.ends_at - time.monotonic()) / 2)


def end(child, seconds):
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is at its end already
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(max(0.0, seconds))
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def main(arguments):
    if len(arguments) < 3 or arguments[1] != "--":
        print(__doc__, file=sys.stderr)
        return 64
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return run(Lock(arguments[0], float(WAIT) if WAIT else None, LEASE), arguments[2:])
    except NotAcquired as error:
        say(f"not acquired: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except OSError as error:  # there is no such command
        say(error)
        return 127


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
