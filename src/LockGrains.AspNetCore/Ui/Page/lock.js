// One lock: who holds it, who waits in which order, and what happened last.
import { askForKey } from './access.js';
import { get, Lost, Problem } from './api.js';
import { grow, now, shrink, still } from './clock.js';
import { showConnection } from './connection.js';
import { Feed } from './feed.js';
import { listAddress } from './locks.js';
import { openRelease, tellRelease } from './release.js';
import { Repeat } from './repeat.js';
import { makeLease, makeRow, Rows } from './table.js';
import { count, duration, element, plain, plural, shown } from './text.js';

const find = id => document.getElementById(id);
const waitersDrawn = 1_000;

// The stream tells no renewals.
const readPeriod = 2_000;

const happenings = {
  granted: 'was granted the lock', upgraded: 'was upgraded', downgraded: 'was downgraded', holdEnded: 'stopped holding it', waitEnded: 'stopped waiting',
  upgradeEnded: 'stopped waiting for an upgrade',
};

const reasons = {
  released: 'released', expired: 'the lease ran out', revoked: 'revoked', cancelled: 'cancelled', timedOut: 'timed out', dropped: 'did not call any more',
  refused: 'refused', sessionEnded: 'its session ended',
};

/** The view. */
export class LockView {
  #key;
  #heard = 0;
  #feed;
  #reads;
  #holders;
  #queue = new Rows(find('queue-rows'), () => makeWaiterRow(this.#key));

  constructor(parameters) {
    this.#key = parameters.get('lock');
    this.#holders = new Rows(find('holders-rows'), () => makeHolderRow(this.#key));
    document.title = `${plain(this.#key)} – LockGrains`;
    find('lock-title').replaceChildren(shown(this.#key));
    find('lock-back').href = listAddress;
    find('lock-body').hidden = true;
    find('lock-view').hidden = false;
  }

  start() {
    find('lock-problem').hidden = true;
    this.#feed = new Feed('/watch', { key: this.#key }, this);
    this.#feed.start();
    this.#reads = new Repeat(readPeriod, signal => this.#readAgain(signal));
    this.#reads.start();
  }

  stop() {
    this.#feed?.stop();
    this.#reads?.stop();
  }

  close() {
    this.stop();
    find('lock-view').hidden = true;
    this.#holders.clear();
    this.#queue.clear();
  }

  retry() {
    this.#feed?.retry();
  }

  begin() {}

  read({ known, detail, status }) {
    this.#heard++;
    showConnection({ kind: known ? 'live' : 'unknown' });
    find('lock-problem').hidden = known;
    find('lock-problem').textContent = known ? '' : `${detail ?? 'The lock cannot be read just now.'} What is shown is from before.`;
    if (known) this.#show(status);
  }

  tell(state) {
    showConnection(state);
    if (state.kind !== 'refused') return;
    find('lock-problem').textContent = state.problem.message;
    find('lock-problem').hidden = false;
    find('lock-body').hidden = true;
    this.#reads.stop();
    if (state.problem.status === 401) askForKey(state.problem.message);
  }

  // An event that came meanwhile is later than this reading.
  async #readAgain(signal) {
    const heard = this.#heard;
    try {
      const status = await get('/lock', { key: this.#key }, signal);
      if (heard === this.#heard && heard > 0 && !document.body.classList.contains('stale')) this.#show(status);
    } catch (error) {
      if (!(error instanceof Lost || error instanceof Problem)) throw error;
      if (error instanceof Lost && !signal.aborted) this.#feed.doubt();
    }
  }

  #show(status) {
    const at = now();
    find('lock-body').hidden = false;
    find('lock-state').textContent = describe(status);
    find('holders-table').hidden = find('holders-title').hidden = status.holders.length === 0;
    this.#holders.show(status.holders.map(holder => ({ holder, status, at })), ({ holder }) => holder.fencingToken);
    find('queue-table').hidden = status.waiters.length === 0;
    this.#queue.show(status.waiters.slice(0, waitersDrawn).map(waiter => ({ waiter, at })), ({ waiter }) => waiter.ticket);
    find('lock-why').textContent = describeQueue(status);
    find('lock-facts').replaceChildren(...listFacts(status));
    find('recent-rows').replaceChildren(...status.recent.toSorted((one, other) => one.agoSeconds - other.agoSeconds).map(recent => makeRecent(recent, at)));
    find('recent-title').hidden = status.recent.length === 0;
    tellRelease(this.#key, status);
  }
}

function describe({ holders, holderCount, permitsTaken, limit, queueLength }) {
  if (holderCount === 0) return queueLength === 0 ? 'Nobody holds it, and nobody waits.' : 'Nobody holds it just now.';
  const permits = permitsTaken > holderCount || limit !== null ? `, with ${plural(permitsTaken, 'permit', 'permits')} together` : '';
  const drawn = holders.length < holderCount ? ` The first ${count(holders.length)} are shown.` : '';
  return `${plural(holderCount, 'holder', 'holders')}${permits}.${drawn}`;
}

function describeQueue({ queueLength, waiters, why, upgrade }) {
  if (queueLength === 0) return upgrade ? 'An upgrade waits, and nobody behind it.' : 'Nobody waits.';
  const drawn = Math.min(waiters.length, waitersDrawn);
  return `${plural(queueLength, 'waits', 'wait')}${why ? `: ${why}` : ''}.${drawn < queueLength ? ` The first ${count(drawn)} are shown.` : ''}`;
}

function listFacts({ value, limit, limitVersion, paceSeconds, lastFencingToken, upgrade }) {
  const facts = [['Last token', lastFencingToken]];
  if (limit !== null) facts.push(['Limit', `${plural(limit, 'permit', 'permits')} at a time (version ${limitVersion})`]);
  if (paceSeconds !== null) facts.push(['Pace', `a hold ends about every ${duration(paceSeconds)}`]);
  if (upgrade) facts.push(['Upgrade', shown(upgrade.owner), ` waits for ${plural(upgrade.waitsForCount, 'other holder', 'other holders')}`]);
  facts.push(['Value', ...describeValue(value)]);
  return facts.flatMap(([name, ...what]) => [element('dt', {}, name), element('dd', {}, ...what.map(one => (one instanceof Node ? one : String(one))))]);
}

/** A value: its text, or what it is where it is none. */
export function describeValue(value) {
  if (value === null) return ['none'];
  const kept = value.keepForSeconds === null ? '' : ` (outlives its hold by ${duration(value.keepForSeconds)})`;
  return value.text === null ? [`bytes, in base64: ${value.base64}${kept}`] : [shown(value.text), kept];
}

function makeRecent({ what, reason, owner, fencingToken, agoSeconds }, at) {
  const ago = element('span', { className: 'quiet' });
  grow(ago, agoSeconds, at);
  const how = reason === null ? '' : ` (${reasons[reason] ?? reason})`;
  return element('li', {}, shown(owner), ` ${happenings[what] ?? what}${how}${fencingToken > 0 ? `, token ${fencingToken}` : ''}, `, ago, ' ago');
}

function makeHolderRow(key) {
  const { row, cells: [owner, mode, heldFor, leaseLeft, token, delay, session, free] } = makeRow(
    ['Holder'], ['Mode'], ['Held for', 'number'], ['Lease left', 'number'], ['Token', 'number'], ['Lock-delay', 'number'], ['Session'], ['Free it']);
  const lease = makeLease();
  leaseLeft.append(lease.both);
  const heldText = element('span');
  heldFor.append(heldText);
  let last;
  const button = element('button', { type: 'button', className: 'danger' }, 'Release by force…');
  button.addEventListener('click', () => openRelease(key, last.holder, last.status));
  free.append(button);
  const update = item => {
    const isNew = last === undefined;
    last = item;
    const { holder, at } = item;
    if (isNew) {
      owner.append(shown(holder.owner));
      session.append(linkSession(holder.session, key));
      button.setAttribute('aria-label', `Release by force: ${plain(holder.owner)}, token ${holder.fencingToken}`);
    }
    mode.textContent = describeMode(holder);
    token.textContent = holder.fencingToken;
    delay.textContent = holder.isHeldBack ? 'runs: the lease is over' : holder.lockDelaySeconds > 0 ? duration(holder.lockDelaySeconds) : 'none';
    grow(heldText, holder.heldForSeconds, at);
    lease.bar.max = Math.max(holder.leaseSeconds, 0.001);
    shrink(lease.left, holder.expiresInSeconds, at, lease.bar);
  };
  return { row, update };
}

function makeWaiterRow(key) {
  const { row, cells: [place, owner, mode, waited, estimate, session] } = makeRow(
    ['Place', 'number'], ['Who waits'], ['Mode'], ['Waited for', 'number'], ['Estimate', 'number'], ['Session']);
  const waitText = element('span');
  waited.append(waitText);
  let isNew = true;
  const update = ({ waiter, at }) => {
    if (isNew) session.append(linkSession(waiter.session, key));
    isNew = false;
    place.textContent = count(waiter.place);
    owner.replaceChildren(element('span', {}, shown(waiter.owner), ...(waiter.attached ? [] : [element('span', { className: 'mark' }, ' (away)')])));
    mode.textContent = describeMode(waiter);
    grow(waitText, waiter.waitedForSeconds, at);
    if (waiter.estimateSeconds === null) still(estimate, 'not known');
    else still(estimate, `about ${duration(waiter.estimateSeconds)}`);
  };
  return { row, update };
}

function describeMode({ mode, permits, limit, permitNumbers = [] }) {
  const of = limit === null ? '' : ` of ${count(limit)}`;
  const numbers = permitNumbers.length > 0 ? ` (number ${permitNumbers.join(', ')})` : '';
  return permits > 1 || limit !== null ? `${mode}, ${count(permits)}${of}${numbers}` : mode;
}

function linkSession(session, key) {
  if (session === null) return element('span', { className: 'quiet' }, 'none');
  return element('a', { href: `#session=${encodeURIComponent(session)}&lock=${encodeURIComponent(key)}` }, shown(session));
}
