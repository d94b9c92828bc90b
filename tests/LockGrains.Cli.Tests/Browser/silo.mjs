// The silo under test, as any program sees it over HTTP.
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';

export const address = process.env.LOCKGRAINS_SERVER;

/** The access key that may do everything. */
export const operatorKey = process.env.LOCKGRAINS_OPERATOR_KEY;

const lines = createInterface({ input: process.stdin });

/** Calls, and returns the reply's body. */
export async function call(path, body) {
  const response = await fetch(`${address}/v1${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${operatorKey}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  return { status: response.status, ...await response.json() };
}

/** Takes a lock that is free. */
export async function take(key, owner, more = {}) {
  const hold = { key, leaseId: randomUUID() };
  const { outcome, fencingToken, detail } = await call('/acquire', { ...hold, owner, leaseSeconds: 300, ...more });
  if (outcome !== 'granted') throw new Error(`${key} was not granted: ${detail}`);
  return { ...hold, fencingToken };
}

/** Stands in line, until the lock comes or the story ends. */
export async function wait(key, owner, more = {}) {
  const hold = { key, leaseId: randomUUID() };
  const before = (await readLock(key)).queueLength;
  call('/acquire', { ...hold, owner, leaseSeconds: 300, waitSeconds: 600, pollSeconds: 50, ...more }).catch(() => {});
  await until(async () => (await readLock(key)).queueLength > before, `${owner} in line`);
  return hold;
}

export const release = ({ key, leaseId }) => call('/release', { key, leaseId });

export const readLock = key => call(`/lock?key=${encodeURIComponent(key)}`);

/** Asks again and again, until it is so. */
export async function until(ask, what) {
  const end = performance.now() + 60_000;
  while (!await ask()) {
    if (performance.now() > end) throw new Error(`There was no ${what}.`);
    await new Promise(resolve => { setTimeout(resolve, 20); });
  }
}

/** Tells the test that starts this something, and goes on when that is done. */
export async function tell(line) {
  const reply = new Promise(resolve => { lines.once('line', resolve); });
  console.log(line);
  await reply;
}
