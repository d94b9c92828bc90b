// A session that a lock is held or waited for under.
import { askForKey } from './access.js';
import { get, Lost, Problem } from './api.js';
import { grow, now, shrink } from './clock.js';
import { showConnection } from './connection.js';
import { describeValue } from './lock.js';
import { addressOf, listAddress } from './locks.js';
import { Repeat } from './repeat.js';
import { duration, element, shown } from './text.js';

const find = id => document.getElementById(id);
const readPeriod = 2_000;

/** The view. */
export class SessionView {
  #id;
  #reads;

  constructor(parameters) {
    this.#id = parameters.get('session');
    document.title = 'Session – LockGrains';
    const lock = parameters.get('lock');
    find('session-back').href = lock ? addressOf(lock) : listAddress;
    find('session-back').textContent = lock ? 'Back to the lock' : 'All locks';
    find('session-facts').replaceChildren();
    find('session-view').hidden = false;
  }

  start() {
    find('session-problem').hidden = true;
    this.#reads = new Repeat(readPeriod, signal => this.#read(signal));
    this.#reads.start();
  }

  stop() {
    this.#reads?.stop();
  }

  close() {
    this.stop();
    find('session-view').hidden = true;
  }

  retry() {
    this.stop();
    this.start();
  }

  async #read(signal) {
    try {
      this.#show(await get('/session', { id: this.#id }, signal));
      showConnection({ kind: 'live' });
    } catch (error) {
      if (!(error instanceof Lost || error instanceof Problem)) throw error;
      if (signal.aborted) return;
      if (error instanceof Lost || error.isPassing) showConnection({ kind: 'lost', detail: error.message, pause: readPeriod });
      else this.#refuse(error);
    }
  }

  #refuse(problem) {
    this.stop();
    showConnection({ kind: 'refused' });
    find('session-problem').textContent = problem.message;
    find('session-problem').hidden = false;
    if (problem.status === 401) askForKey(problem.message);
  }

  #show({ session, alive, owner, sessionToken, leaseSeconds, expiresInSeconds, openForSeconds, metadata }) {
    const at = now();
    const [open, left] = [element('span'), element('span')];
    grow(open, openForSeconds, at);
    shrink(left, expiresInSeconds, at);
    const facts = [['Session', shown(session)], ['Lives', alive ? 'yes' : 'no: there is none, or it is over']];
    if (alive) {
      facts.push(['Owner', shown(owner ?? '')], ['Open for', open], ['Lease', duration(leaseSeconds)], ['Lease left', left]);
      facts.push(['Token', String(sessionToken)], ['Metadata', ...describeValue(metadata)]);
    }
    find('session-facts').replaceChildren(...facts.flatMap(([name, ...what]) => [element('dt', {}, name), element('dd', {}, ...what)]));
  }
}
