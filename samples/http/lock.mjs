#!/usr/bin/env node
/* Runs a command while it holds a lock:  node lock.mjs KEY -- COMMAND...

LOCKGRAINS_SERVER  the silo, by default http://127.0.0.1:8080
LOCKGRAINS_TOKEN   the access key, where one is needed
LOCKGRAINS_WAIT    the seconds to wait in line; by default for ever, and 0 only tries
LOCKGRAINS_LEASE   the seconds after which the lock is free if this program dies; by default 30

The command has its fencing token in LOCK_FENCING_TOKEN. The exit code is the command's, or 64 for wrong arguments, 75 if the lock
did not come, 76 if it was lost and the command was ended, 77 if the request was refused. */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { realpathSync } from "node:fs";
import { constants, hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const server = process.env.LOCKGRAINS_SERVER ?? "http://127.0.0.1:8080";
const token = process.env.LOCKGRAINS_TOKEN?.trim();
const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
const unknown = [0, 502, 503, 504]; // nobody can say whether it took effect: the same is sent again

const now = () => performance.now() / 1000; // a monotonic clock, in seconds
const say = (text) => console.error(`lock.mjs: ${text}`);

export class NotAcquired extends Error {
  constructor(status, reply) {
    super(reply.detail ?? reply.code ?? (status ? `status ${status}` : "no reply"));
    this.exitCode = [423, 429, ...unknown].includes(status) ? 75 : 77;
  }
}

/** Sends a call. Returns its status and reply; status 0 where the reply did not come whole. */
async function post(call, body, seconds) {
  let status = 0;
  try {
    const signal = AbortSignal.timeout(Math.ceil(seconds * 1000));
    const response = await fetch(`${server}/v1/${call}`, { method: "POST", headers, body: JSON.stringify(body), signal });
    status = response.status;
    return [status, await response.json()];
  } catch {
    return [status >= 300 ? status : 0, {}];
  }
}

/** A lock. It is renewed in the background from `acquire` to `release`. */
export class Lock {
  endsAt = 0; // when somebody else may have the lock
  #leaseId = randomUUID(); // the proof of ownership; it makes every call safe to repeat
  #lost = new AbortController();
  #alarm;
  #released = false;

  constructor(key, { wait = null, lease = 30 } = {}) {
    Object.assign(this, { key, wait, lease });
  }

  /** Fires when the work must stop: the lock is lost, or its last sixth has begun without a renewal. */
  get lost() {
    return this.#lost.signal;
  }

  /** How many seconds the lock is still held for certain. */
  get left() {
    return Math.max(0, this.endsAt - now());
  }

  /** Waits in line. */
  async acquire() {
    const giveUpAt = this.wait === null ? null : now() + this.wait;
    for (let poll = 0.25; ; poll = 20) { // the first reply tells the place soon; a proxy cuts what is silent for 60 s
      const left = giveUpAt === null ? null : Math.max(0, giveUpAt - now());
      const members = { owner: `${hostname()}:${process.pid}`, leaseSeconds: this.lease, renews: true, waitSeconds: left, pollSeconds: poll };
      const [status, reply] = await this.#send("acquire", poll + 10, members);
      if (status === 200) {
        this.fencingToken = reply.fencingToken;
        this.#renew();
        return;
      }
      if (status === 202) say(`waits in place ${reply.place} of ${reply.queueLength}`);
      else if (reply.code === "ended") this.#leaseId = randomUUID(); // it was away for too long: a new place
      else if (status !== 429 && !unknown.includes(status)) throw new NotAcquired(status, reply);
      if (left === 0) throw new NotAcquired(status, reply);
      await sleep((reply.nextPollSeconds ?? 1) * 1000);
    }
  }

  /** Gives a request up. It is right whether it waits, was granted, or never arrived. */
  cancel() {
    return this.#send("cancel", 5);
  }

  async release() {
    this.#released = true;
    clearTimeout(this.#alarm);
    while (unknown.includes((await this.#send("release", 2))[0]) && now() < this.endsAt) await sleep(1000);
  }

  async #send(call, seconds, members = {}) {
    const sent = now();
    const [status, reply] = await post(call, { key: this.key, leaseId: this.#leaseId, ...members }, seconds);
    if (status === 200 && reply.validForSeconds && !this.#released) { // counted from the sending: the silo began later
      this.endsAt = sent + reply.validForSeconds;
      clearTimeout(this.#alarm);
      this.#alarm = setTimeout(() => this.#lost.abort(), (this.endsAt - reply.validForSeconds / 6 - now()) * 1000);
    }
    return [status, reply];
  }

  async #renew() {
    for (let pause = 0; ; ) { // the first lease is short, until it is renewed
      await sleep(pause * 1000, undefined, { ref: false });
      if (this.#released) return;
      const [status] = await this.#send("renew", Math.max(1, this.left / 3)); // so that there is time for another try
      if (status === 409) {
        this.endsAt = 0;
        this.#lost.abort();
        return;
      }
      pause = status === 200 ? this.left / 3 : 1;
    }
  }
}

/** Signals the command and all that it started: they are a group of their own. */
function signalGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody is left.
  }
}

/** Ends the command, at the latest halfway to the end of the lock. */
function end(child, lock) {
  signalGroup(child, "SIGTERM");
  setTimeout(() => signalGroup(child, "SIGKILL"), (lock.left * 1000) / 2);
}

async function main([key, dashes, command, ...args]) {
  if (dashes !== "--" || !command) {
    say("usage: node lock.mjs KEY -- COMMAND...");
    return 64;
  }
  const { LOCKGRAINS_WAIT: wait, LOCKGRAINS_LEASE: lease } = process.env;
  const lock = new Lock(key, { wait: wait ? Number(wait) : null, lease: Number(lease ?? 30) });
  let child;
  for (const name of ["SIGINT", "SIGTERM"]) {
    process.once(name, async () => {
      if (child) return end(child, lock);
      await lock.cancel();
      process.exit(128 + constants.signals[name]);
    });
  }
  try {
    await lock.acquire();
    const env = { ...process.env, LOCK_KEY: key, LOCK_FENCING_TOKEN: lock.fencingToken };
    child = spawn(command, args, { stdio: "inherit", detached: true, env });
    lock.lost.addEventListener("abort", () => {
      say("the lock is lost, or about to be: the command is ended");
      end(child, lock);
    });
    const [code, signal] = await once(child, "exit");
    signalGroup(child, "SIGKILL"); // what the command left behind
    return lock.lost.aborted ? 76 : code ?? 128 + constants.signals[signal];
  } catch (error) {
    say(error.message);
    if (!child) await lock.cancel();
    return error.exitCode ?? 127; // the command cannot be started
  } finally {
    if (child) await lock.release();
  }
}

const program = process.argv[1] && realpathSync(process.argv[1]);
if (program === fileURLToPath(import.meta.url)) process.exit(await main(process.argv.slice(2)));
