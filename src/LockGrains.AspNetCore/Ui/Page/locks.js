// All live locks that begin with a prefix: which are held, by whom, for how long, and who waits. All of them are followed; of very many some are drawn.
import { askForKey } from './access.js';
import { get, Lost, Problem } from './api.js';
import { grow, now, shrink, still } from './clock.js';
import { showConnection } from './connection.js';
import { Feed } from './feed.js';
import { Repeat } from './repeat.js';
import { makeLease, makeRow, Rows } from './table.js';
import { count, element, plural, shown } from './text.js';

const find = id => document.getElementById(id);
const drawnAtATime = 1_000;
const firstDrawing = 300;
const drawing = 100;
const typing = 300;

// The stream tells no renewals: the times that leases have left are read in between.
const leasePeriod = 2_000;

/** The address of the list as it was last, for the way back to it. */
export let listAddress = '#';

/** The view. */
export class LocksView {
  #locks = new Map();
  #rows = new Rows(find('locks-rows'), makeLockRow);
  #drawn = drawnAtATime;
  #lastKey = '';
  #missing = [];
  #isKnown = true;
  #isLive = false;
  #isNew = true;
  #feed;
  #leases;
  #timer;
  #typing;
  #end = new AbortController();

  constructor(parameters) {
    find('prefix').value = parameters.get('prefix') ?? '';
    choose(find('show'), parameters.get('show'));
    choose(find('order'), parameters.get('order'));
    document.title = 'Locks – LockGrains';
    find('locks-view').hidden = false;
    const options = { signal: this.#end.signal };
    find('search').addEventListener('submit', event => { event.preventDefault(); this.#search(); }, options);
    find('prefix').addEventListener('input', () => this.#searchSoon(), options);
    find('show').addEventListener('change', () => this.#choose(), options);
    find('order').addEventListener('change', () => this.#choose(), options);
    find('locks-more').addEventListener('click', () => this.#more(), options);
    this.#note();
  }

  start() {
    find('locks-problem').hidden = true;
    const prefix = find('prefix').value;
    this.#feed = new Feed('/watch', { prefix }, this);
    this.#feed.start();
    this.#leases = new Repeat(leasePeriod, this.#makeLeaseReader(prefix));
    this.#leases.start();
  }

  stop() {
    this.#feed?.stop();
    this.#leases?.stop();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isLive = false;
  }

  close() {
    this.stop();
    clearTimeout(this.#typing);
    this.#end.abort();
    this.#rows.clear();
    find('locks-view').hidden = true;
  }

  retry() {
    this.#feed?.retry();
  }

  begin() {
    this.#isNew = true;
    this.#isLive = true;
    clearTimeout(this.#timer);
    // All that there is comes at once, in many events: it is drawn together.
    this.#timer = setTimeout(() => this.#draw(), firstDrawing);
  }

  read({ known, key, isGone, lock, silosMissing }) {
    this.#isKnown = known;
    if (known) this.#missing = silosMissing;

    // What is from before is all there is, until somebody knows better.
    if (known && this.#isNew) [this.#locks, this.#isNew] = [new Map(), false];
    if (isGone) this.#locks.delete(key);
    else if (lock) this.#locks.set(key, makeEntry(lock, this.#locks.get(key)));
    this.#timer ??= setTimeout(() => this.#draw(), drawing);
  }

  tell(state) {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isLive = false;
    showConnection(state);
    if (state.kind !== 'refused') return;
    find('locks-problem').textContent = state.problem.message;
    find('locks-problem').hidden = false;
    find('locks-count').textContent = '';
    this.#rows.clear();
    this.#leases.stop();
    if (state.problem.status === 401) askForKey(state.problem.message);
  }

  #draw() {
    // Whoever chooses something draws at once, before the time of the next drawing. That one must not come when the view is closed.
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isLive) showConnection({ kind: this.#isKnown ? 'live' : 'unknown' });
    const [show, prefix] = [find('show').value, find('prefix').value];
    const found = [...this.#locks.values()].filter(({ lock }) => lock.key.startsWith(prefix) && (show === 'all' || (show === 'held' ? lock.held : isContended(lock))));
    found.sort(find('order').value === 'wait' ? byWait : byKey);
    const drawn = found.slice(0, this.#drawn);
    this.#lastKey = drawn.reduce((last, { lock: { key } }) => (key > last ? key : last), '');
    this.#rows.show(drawn, ({ lock }) => lock.key);
    find('locks-more').hidden = found.length <= this.#drawn;
    this.#showCounts(found.length);
  }

  #showCounts(found) {
    const contended = [...this.#locks.values()].filter(({ lock }) => isContended(lock)).length;
    const drawn = found > this.#drawn ? ` The first ${count(this.#drawn)} of ${count(found)} are shown.` : '';
    find('locks-count').textContent = this.#locks.size === 0
      ? (this.#isKnown ? `No lock is held or waited for${find('prefix').value === '' ? '' : ' under this prefix'}.` : '')
      : `${plural(this.#locks.size, 'lock', 'locks')}, ${count(contended)} contended.${drawn}${found === 0 ? ' None is as chosen.' : ''}`;
    const missing = find('locks-missing');
    missing.hidden = this.#missing.length === 0 && this.#isKnown;
    missing.textContent = this.#isKnown
      ? `No reply from ${this.#missing.join(', ')}. The locks of these silos are not shown.`
      : 'The locks cannot be listed just now. What is shown is from before.';
  }

  // Page after page as far as they are drawn, and from the beginning again. A reply may be older than an event: only the same hold takes its times from it.
  #makeLeaseReader(prefix) {
    let after;
    return async signal => {
      try {
        const page = await get('/locks', { prefix, state: 'held', limit: drawnAtATime, ...(after && { after }) }, signal);
        after = page.next < this.#lastKey ? page.next : undefined;
        for (const lock of page.locks) {
          const entry = this.#locks.get(lock.key);
          if (entry?.lock.fencingToken !== lock.fencingToken) continue;
          const { expiresInSeconds, heldForSeconds } = lock;
          this.#locks.set(lock.key, makeEntry({ ...entry.lock, expiresInSeconds, heldForSeconds, longestWaitSeconds: waitOf(entry) }, entry));
        }
        if (page.locks.length > 0 && this.#isLive) this.#timer ??= setTimeout(() => this.#draw(), drawing);
      } catch (error) {
        if (!(error instanceof Lost || error instanceof Problem)) throw error;
        if (error instanceof Lost && !signal.aborted) this.#feed.doubt();
      }
    };
  }

  #searchSoon() {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#search(), typing);
  }

  #search() {
    clearTimeout(this.#typing);
    this.stop();
    showConnection({ kind: 'unknown' });
    this.#note();
    this.#drawn = drawnAtATime;
    this.start();
  }

  #choose() {
    this.#note();
    this.#drawn = drawnAtATime;
    this.#draw();
  }

  #more() {
    this.#drawn += drawnAtATime;
    this.#draw();
  }

  #note() {
    const chosen = ['prefix', 'show', 'order'].map(id => [id, find(id).value]).filter(([id, value]) => value !== '' && value !== find(id).options?.[0].value);
    listAddress = `#${new URLSearchParams(chosen)}`;
    if (location.hash !== listAddress && !(location.hash === '' && listAddress === '#')) history.replaceState(null, '', listAddress);
  }
}

/** The address of one lock. */
export const addressOf = key => `#lock=${encodeURIComponent(key)}`;

const isContended = lock => lock.queueLength > 0 || lock.isUpgrading;

const waitOf = ({ lock, at }) => (lock.queueLength > 0 ? lock.longestWaitSeconds + (now() - at) / 1000 : 0);

// One after the other as in storage, whatever the language of the browser.
const byKey = (one, other) => (one.lock.key < other.lock.key ? -1 : 1);

const byWait = (one, other) => waitOf(other) - waitOf(one) || byKey(one, other);

function choose(select, value) {
  select.value = value ?? '';
  if (select.selectedIndex < 0) select.selectedIndex = 0;
}

// How long a lease is no list says: as long as the longest time that was seen left of it.
function makeEntry(lock, before) {
  const full = before?.lock.fencingToken === lock.fencingToken ? Math.max(before.full, lock.expiresInSeconds) : lock.expiresInSeconds;
  return { lock, full, at: now() };
}

function makeLockRow({ lock: { key } }) {
  const { row, cells: [name, holder, mode, heldFor, leaseLeft, token, waiting, longest] } = makeRow(
    ['Key'], ['Holder'], ['Mode'], ['Held for', 'number'], ['Lease left', 'number'], ['Token', 'number'], ['Waiting', 'number'], ['Longest wait', 'number']);
  name.append(element('a', { href: addressOf(key) }, shown(key)));
  const lease = makeLease();
  leaseLeft.append(lease.both);
  const [heldText, waitText] = [element('span'), element('span')];
  heldFor.append(heldText);
  longest.append(waitText);
  let last;
  const update = entry => {
    if (entry === last) return;
    last = entry;
    const { lock, full, at } = entry;
    holder.replaceChildren(describeHolder(lock));
    mode.textContent = lock.held ? lock.mode : '';
    token.textContent = lock.held ? lock.fencingToken : '';
    waiting.textContent = lock.isUpgrading ? `${count(lock.queueLength)} and an upgrade` : count(lock.queueLength);
    lease.bar.hidden = !lock.held;
    lease.bar.max = Math.max(full, 0.001);
    if (lock.held) {
      grow(heldText, lock.heldForSeconds, at);
      shrink(lease.left, lock.expiresInSeconds, at, lease.bar);
    } else {
      still(heldText, '');
      still(lease.left, '');
    }
    if (lock.queueLength > 0) grow(waitText, lock.longestWaitSeconds, at);
    else still(waitText, '');
  };
  return { row, update };
}

function describeHolder(lock) {
  const all = element('span');
  if (!lock.held) all.append(element('span', { className: 'quiet' }, 'nobody'));
  else all.append(shown(lock.owner));
  if (lock.holderCount > 1) all.append(` and ${plural(lock.holderCount - 1, 'other', 'others')}`);
  if (lock.isHeldBack) all.append(element('span', { className: 'quiet' }, ' (its lease is over; lock-delay)'));
  return all;
}
